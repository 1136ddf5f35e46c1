import type { Issue, ParseResult, PolicyContext } from "@replicast/sim-core";
import { z } from "zod";
import { type HpaConfig, warnAboutTarget } from "../hpa/hpa.ts";
import { HPA_KIND, readHpaSpec } from "../hpa/manifest.ts";
import { HPA_FLAG_DEFAULTS, HPA_SYNC_PERIOD_SECONDS } from "../hpa/spec.ts";
import { NEWEST_KUBERNETES } from "../hpa/versions.ts";
import { isRecord } from "../manifest/documents.ts";
import { loadManifest } from "../manifest/load.ts";
import { parseEntry, parseResult, positiveSeconds, replicaCount } from "../parse.ts";
import type { ModelConfig } from "./model.ts";
import type { SaturationConfig } from "./saturation.ts";

/** What {@link wva} runs on. */
export type WvaConfig = {
  readonly namespace: string;
  readonly intervalSeconds: number;
  readonly peakWindowSeconds: number;
  readonly saturation: SaturationConfig | null;
  readonly model: ModelConfig | null;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** The HPA that acts on the published count; null: it is applied as it is. */
  readonly hpa: HpaConfig | null;
  /** Seconds without a request after which the last replica goes; null: it stays. */
  readonly retentionPeriodSeconds: number | null;
};

interface ModelEntry {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  readonly delta?: number | undefined;
  readonly maxBatchSize: number;
  readonly atTokens?: number | undefined;
  readonly "slo-ttft": number;
  readonly "slo-tpot": number;
  readonly "slo-tps": number;
}

/** A variant autoscaler as a scenario writes it. */
export interface WvaEntry {
  readonly saturation?: SaturationConfig | undefined;
  readonly queueingModel?: ModelEntry | undefined;
  readonly GLOBAL_OPT_INTERVAL?: number | undefined;
  readonly peakWindowSeconds: number;
  readonly minReplicas: number;
  readonly maxReplicas?: number | undefined;
  readonly hpa?: unknown;
  readonly scaleToZero?: { readonly retentionPeriodSeconds: number } | undefined;
}

/** @see docs/user-guide/configuration.md: 15 s since 2026, 60 s in the first form */
const OPT_INTERVAL_SECONDS = 15;
const OPT_INTERVAL_2025_SECONDS = 60;

/** Between two scrapes, as that of `kind: hpa`. */
const HPA_SYNC_PHASE_SECONDS = HPA_SYNC_PERIOD_SECONDS / 2;

const share = z.number().min(0).max(1);
const time = z.number().min(0);

/** What a scenario may say. */
export const wvaSchema: z.ZodType<WvaEntry> = z.strictObject({
  saturation: z
    .strictObject({
      kvCacheThreshold: share.default(0.8).describe("KV-cache use at which a replica is saturated."),
      queueLengthThreshold: z.number().positive().default(5).describe("Requests in a replica's queue at which it is saturated."),
      kvSpareTrigger: share.default(0.1).describe("Mean spare KV cache below which a replica is added."),
      queueSpareTrigger: z.number().min(0).default(3).describe("Mean spare places in the queue below which a replica is added."),
    })
    .optional()
    .describe("Saturation scaling: one step per cycle by spare capacity. The default."),
  queueingModel: z
    .strictObject({
      alpha: z.number().min(0).describe("Milliseconds of an iteration."),
      beta: z.number().min(0).describe("Milliseconds for each request of a batch (2025), for each token computed (2026)."),
      gamma: z.number().min(0).describe("Milliseconds of a prefill (2025), for each token read (2026)."),
      delta: z
        .number()
        .min(0)
        .optional()
        .describe("2025 only: milliseconds of prefill for each prompt token and request. It selects that form."),
      maxBatchSize: z.int().min(1).max(100_000).describe("Most requests in a batch."),
      atTokens: z.number().positive().optional().describe("Answer tokens for which maxBatchSize holds; it is scaled to the answers seen."),
      "slo-ttft": time.default(0).describe("Milliseconds to the first token; 0: no target."),
      "slo-tpot": time.default(0).describe("Milliseconds for each further token; 0: no target."),
      "slo-tps": time.default(0).describe("Tokens per second in all; 0: no target."),
    })
    .optional()
    .describe("Model-based scaling: arrivals ÷ what the queueing model says one replica carries."),
  GLOBAL_OPT_INTERVAL: positiveSeconds.optional().describe("Seconds between two cycles; 15, with the model of 2025 60."),
  peakWindowSeconds: z
    .number()
    .min(0)
    .max(3600)
    .default(60)
    .describe("Window over which a replica's gauges count with their peak; 0: as they are."),
  minReplicas: replicaCount.min(1).default(1).describe("Fewest replicas, unless it may go to zero."),
  maxReplicas: replicaCount.min(1).optional().describe("Most replicas; with hpa its own limit, else required."),
  hpa: z
    .unknown()
    .optional()
    .describe(
      "The HPA that acts on the published count, as `manifest:` or `spec:`; its one metric is External. Absent: the count is applied at once.",
    ),
  scaleToZero: z
    .strictObject({
      retentionPeriodSeconds: positiveSeconds.default(600).describe("Seconds without a request until the last replica goes."),
    })
    .optional()
    .describe("Lets the deployment go to zero."),
});

/** A variant autoscaler's settings, or every issue with them. */
export function parseWvaConfig(raw: unknown, context: PolicyContext): ParseResult<WvaConfig> {
  const { deployment } = context;
  const parsed = parseEntry(wvaSchema, raw);
  if (!parsed.ok) return parsed;
  const entry = parsed.value;
  const { saturation, queueingModel, minReplicas } = entry;
  const issues: Issue[] = [];
  const hpa = entry.hpa === undefined ? null : readActingHpa(entry.hpa, context, issues);
  const maxReplicas = entry.maxReplicas ?? hpa?.spec.maxReplicas ?? 0;
  if (entry.maxReplicas === undefined && entry.hpa === undefined)
    issues.push({ code: "missing_key", path: [], data: { key: "maxReplicas" } });
  else if (hpa !== undefined && maxReplicas < minReplicas)
    issues.push({ code: "out_of_range", path: ["maxReplicas"], data: { minimum: minReplicas, actual: maxReplicas } });
  if (hpa === undefined) return { ok: false, issues };
  if (saturation !== undefined && queueingModel !== undefined) {
    const keys = ["saturation", "queueingModel"];
    issues.push({ code: "one_of", path: ["queueingModel"], data: { keys, present: keys } });
  }
  const model = queueingModel === undefined ? null : modelOf(queueingModel);
  if (model !== null && model.sloTtft === 0 && model.sloTpot === 0 && model.sloTps === 0)
    issues.push({ code: "wva_no_target", path: ["queueingModel"], data: {} });
  const isOld = model?.parameters.form === "2025";
  return parseResult(
    {
      namespace: deployment.namespace,
      intervalSeconds: entry.GLOBAL_OPT_INTERVAL ?? (isOld ? OPT_INTERVAL_2025_SECONDS : OPT_INTERVAL_SECONDS),
      peakWindowSeconds: entry.peakWindowSeconds,
      saturation:
        model === null
          ? (saturation ?? { kvCacheThreshold: 0.8, queueLengthThreshold: 5, kvSpareTrigger: 0.1, queueSpareTrigger: 3 })
          : null,
      model,
      minReplicas,
      maxReplicas,
      hpa,
      retentionPeriodSeconds: entry.scaleToZero?.retentionPeriodSeconds ?? null,
    },
    issues,
  );
}

/** The HPA behind the autoscaler; undefined when it was refused, the reasons being among the issues. */
function readActingHpa(raw: unknown, context: PolicyContext, issues: Issue[]): WvaConfig["hpa"] | undefined {
  const add = (issue: Issue): void => {
    issues.push(issue.file === undefined ? { ...issue, path: ["hpa", ...issue.path] } : issue);
  };
  if (!isRecord(raw)) {
    add({ code: "wrong_type", path: [], data: { expected: "a mapping", actual: String(raw) } });
    return undefined;
  }
  const manifest = loadManifest(raw, HPA_KIND, context, add);
  const spec = manifest && readHpaSpec(manifest);
  if (manifest === undefined || spec === undefined) return undefined;
  warnAboutTarget(manifest, context);
  if (spec.metrics.length !== 1 || spec.metrics[0]?.type !== "External") {
    manifest.report({ code: "wva_hpa_metric", path: ["spec", "metrics"], data: { types: spec.metrics.map(({ type }) => type) } });
    return undefined;
  }
  return {
    spec,
    flags: HPA_FLAG_DEFAULTS,
    kubernetes: NEWEST_KUBERNETES,
    syncPeriodSeconds: HPA_SYNC_PERIOD_SECONDS,
    syncPhaseSeconds: HPA_SYNC_PHASE_SECONDS,
  };
}

function modelOf(entry: ModelEntry): ModelConfig {
  const { alpha, beta, gamma, delta } = entry;
  return {
    parameters: delta === undefined ? { form: "2026", alpha, beta, gamma } : { form: "2025", alpha, beta, gamma, delta },
    maxBatchSize: entry.maxBatchSize,
    atTokens: entry.atTokens ?? null,
    sloTtft: entry["slo-ttft"],
    sloTpot: entry["slo-tpot"],
    sloTps: entry["slo-tps"],
  };
}
