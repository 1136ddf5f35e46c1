import type { Issue, LiveMetric, ParseResult, PolicyContext } from "@replicast/sim-core";
import { z } from "zod";
import { isRecord } from "../manifest/documents.ts";
import { loadManifest } from "../manifest/load.ts";
import { parseEntry, parseResult, positiveSeconds, replicaCount } from "../parse.ts";
import type { AibrixLimits } from "./strategies.ts";

/** What {@link aibrix} runs on. */
export type AibrixConfig = {
  readonly strategy: "APA" | "KPA";
  readonly metric: LiveMetric;
  readonly target: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly limits: AibrixLimits;
  readonly panicThreshold: number;
  readonly stableWindowSeconds: number;
  readonly panicWindowSeconds: number;
  readonly resyncSeconds: number;
  readonly upCooldownSeconds: number;
  readonly downCooldownSeconds: number;
};

/** Names that AIBrix reads from an engine's endpoint, with and without the engine's prefix. */
const METRICS: { readonly [name: string]: LiveMetric } = {
  kv_cache_usage_perc: "kv_cache_usage",
  gpu_cache_usage_perc: "kv_cache_usage",
  num_requests_running: "running_requests",
  num_requests_waiting: "waiting_requests",
};

interface SpecEntry {
  readonly scaleTargetRef?: unknown;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly scalingStrategy: string;
  readonly metricsSources: readonly {
    readonly metricSourceType: string;
    readonly targetMetric: string;
    readonly targetValue: string | number;
  }[];
}

/** A PodAutoscaler as a scenario writes it. */
export interface AibrixEntry {
  readonly manifest?: string | undefined;
  readonly spec?: unknown;
  readonly resyncSeconds: number;
  readonly maxScaleUpRate: number;
  readonly maxScaleDownRate: number;
  readonly upFluctuationTolerance: number;
  readonly downFluctuationTolerance: number;
  readonly scaleUpCooldownSeconds: number;
  readonly scaleDownCooldownSeconds: number;
  readonly panicThreshold: number;
  readonly stableWindowSeconds: number;
  readonly panicWindowSeconds: number;
}

const rate = z.number().gt(1).max(100_000);
const tolerance = z.number().min(0).max(1);
const cooldown = z.number().min(0).max(86_400);

/** What a scenario may say. */
export const aibrixSchema: z.ZodType<AibrixEntry> = z.strictObject({
  manifest: z.string().min(1).optional().describe("File that holds the PodAutoscaler."),
  spec: z.unknown().optional().describe("Its spec, inline instead: scalingStrategy APA or KPA, minReplicas, maxReplicas, metricsSources."),
  resyncSeconds: positiveSeconds.default(10).describe("How often it reads the pods and decides."),
  maxScaleUpRate: rate.default(2).describe("Most pods after a step ÷ pods before."),
  maxScaleDownRate: rate.default(2).describe("Pods before a step ÷ fewest pods after."),
  upFluctuationTolerance: tolerance.default(0.1).describe("Share above the target that changes nothing."),
  downFluctuationTolerance: tolerance.default(0.1).describe("Share below the target that changes nothing."),
  scaleUpCooldownSeconds: cooldown.default(0).describe("Least time between a change and the next step up."),
  scaleDownCooldownSeconds: cooldown.default(300).describe("Least time between a change and the next step down."),
  panicThreshold: z.number().gt(1).max(1000).default(2).describe("KPA: panic average ÷ stable average above which it panics."),
  stableWindowSeconds: positiveSeconds.default(180).describe("KPA: length of the stable window."),
  panicWindowSeconds: positiveSeconds.default(60).describe("KPA: length of the panic window."),
});

const specSchema: z.ZodType<SpecEntry> = z.strictObject({
  scaleTargetRef: z.unknown().optional(),
  minReplicas: replicaCount.default(1),
  maxReplicas: replicaCount.min(1),
  scalingStrategy: z.enum(["APA", "KPA"]),
  metricsSources: z
    .array(
      z.looseObject({
        metricSourceType: z.literal("pod"),
        targetMetric: z.string().min(1),
        targetValue: z.union([z.string(), z.number()]),
      }),
    )
    .length(1),
});

const KIND = { kind: "PodAutoscaler", apiVersion: "autoscaling.aibrix.ai/v1alpha1" } as const;

/** A PodAutoscaler's settings, or every issue with them. */
export function parseAibrixConfig(raw: unknown, context: PolicyContext): ParseResult<AibrixConfig> {
  const parsed = parseEntry(aibrixSchema, raw);
  if (!parsed.ok) return parsed;
  const entry = parsed.value;
  const issues: Issue[] = [];
  const loaded = loadManifest({ manifest: entry.manifest, spec: entry.spec }, KIND, context, (issue) => issues.push(issue));
  if (loaded === undefined) return { ok: false, issues };
  const read = parseEntry(specSchema, loaded.value["spec"]);
  if (!read.ok) {
    for (const issue of read.issues) loaded.report({ ...issue, path: ["spec", ...issue.path] });
    return { ok: false, issues };
  }
  const spec = read.value;
  const [source] = spec.metricsSources;
  const name = (source?.targetMetric ?? "").replace(/^vllm:/, "");
  const metric = Object.hasOwn(METRICS, name) ? METRICS[name] : undefined;
  const target = Number(source?.targetValue);
  const place = ["spec", "metricsSources", 0];
  if (metric === undefined)
    loaded.report({
      code: "unknown_value",
      path: [...place, "targetMetric"],
      data: { expected: Object.keys(METRICS).join(" or "), actual: name },
    });
  if (!(target > 0))
    loaded.report({
      code: "bad_format",
      path: [...place, "targetValue"],
      data: { expected: "a number above 0", actual: String(source?.targetValue) },
    });
  if (spec.maxReplicas < spec.minReplicas)
    loaded.report({ code: "out_of_range", path: ["spec", "maxReplicas"], data: { minimum: spec.minReplicas, actual: spec.maxReplicas } });
  if (isRecord(raw) && entry.panicWindowSeconds > entry.stableWindowSeconds)
    issues.push({
      code: "out_of_range",
      path: ["panicWindowSeconds"],
      data: { maximum: entry.stableWindowSeconds, actual: entry.panicWindowSeconds },
    });
  return parseResult(
    {
      strategy: spec.scalingStrategy === "KPA" ? "KPA" : "APA",
      metric: metric ?? "running_requests",
      target,
      minReplicas: spec.minReplicas,
      maxReplicas: spec.maxReplicas,
      limits: {
        maxScaleUpRate: entry.maxScaleUpRate,
        maxScaleDownRate: entry.maxScaleDownRate,
        upTolerance: entry.upFluctuationTolerance,
        downTolerance: entry.downFluctuationTolerance,
      },
      panicThreshold: entry.panicThreshold,
      stableWindowSeconds: entry.stableWindowSeconds,
      panicWindowSeconds: entry.panicWindowSeconds,
      resyncSeconds: entry.resyncSeconds,
      upCooldownSeconds: entry.scaleUpCooldownSeconds,
      downCooldownSeconds: entry.scaleDownCooldownSeconds,
    },
    issues,
  );
}
