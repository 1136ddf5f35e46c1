import type { Issue, ParseResult, PolicyContext } from "@replicast/sim-core";
import { z } from "zod";
import { isRecord } from "../manifest/documents.ts";
import { loadManifest } from "../manifest/load.ts";
import { fieldName } from "../manifest/shape.ts";
import { parseEntry, parseResult } from "../parse.ts";
import { readAnnotations } from "./annotations.ts";
import { readConfigMap } from "./config-map.ts";
import { type KnativeSpec, resolveSpec } from "./resolve.ts";
import { readSettings } from "./settings.ts";

/** What {@link knative} runs on. */
export type KnativeConfig = {
  readonly spec: KnativeSpec;
  readonly progressDeadlineSeconds: number;
  /** Seconds since 1970 at the start of the run: buckets are those of the wall clock. */
  readonly startEpochSeconds: number;
};

/** A Knative autoscaler as a scenario writes it. */
export interface KnativeEntry {
  readonly manifest?: string | undefined;
  readonly annotations?: { readonly [name: string]: string | number | boolean } | undefined;
  readonly containerConcurrency?: number | undefined;
  readonly configAutoscaler: { readonly [key: string]: string | number | boolean };
  readonly configDeployment: { readonly [key: string]: string | number | boolean };
}

const SERVICE = { kind: "Service", apiVersion: "serving.knative.dev/v1" } as const;
/** @see knative.dev/serving config-deployment, progress-deadline */
const PROGRESS_DEADLINE_SECONDS = 600;
/** @see knative.dev/serving pkg/apis/config/defaults.go, DefaultMaxRevisionContainerConcurrency */
const CONTAINER_CONCURRENCY_MAX = 1000;

const texts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** What a scenario may say. */
export const knativeSchema: z.ZodType<KnativeEntry> = z.strictObject({
  manifest: z
    .string()
    .min(1)
    .optional()
    .describe("File that holds the Knative Service; its template's annotations and containerConcurrency count."),
  annotations: texts.optional().describe("Instead of a manifest: annotations of the revision, `autoscaling.knative.dev/…`."),
  containerConcurrency: z
    .int()
    .min(0)
    .max(CONTAINER_CONCURRENCY_MAX)
    .optional()
    .describe("Instead of a manifest: most requests at a time in one pod; 0: no limit."),
  configAutoscaler: texts.default({}).describe("Keys of the config map config-autoscaler, as `stable-window: 60s`."),
  configDeployment: texts.default({}).describe("Keys of the config map config-deployment; `progress-deadline` is read."),
});

interface Revision {
  readonly annotations: Readonly<Record<string, string>>;
  readonly containerConcurrency: number;
  readonly path: readonly string[];
  readonly add: (issue: Issue) => void;
}

/** A Knative autoscaler's settings resolved, or every issue with them. */
export function parseKnativeConfig(raw: unknown, context: PolicyContext): ParseResult<KnativeConfig> {
  const parsed = parseEntry(knativeSchema, raw);
  if (!parsed.ok) return parsed;
  const entry = parsed.value;
  const issues: Issue[] = [];
  const add = (issue: Issue): number => issues.push(issue);
  const revision = entry.manifest === undefined ? inlineRevision(entry, add) : manifestRevision(entry, entry.manifest, context, add);
  const map = readConfigMap(textsOf(entry.configAutoscaler), ["configAutoscaler"], add);
  const deadline = readSettings(
    textsOf(entry.configDeployment),
    { "progress-deadline": { kind: "duration", minimum: 1 } },
    ["configDeployment"],
    add,
  )["progress-deadline"];
  if (revision === undefined) return { ok: false, issues };
  const annotations = readAnnotations(revision.annotations, revision.path, revision.add);
  const spec = resolveSpec(map, annotations, revision.containerConcurrency);
  checkBounds(spec, map["allow-zero-initial-scale"] === 1, revision);
  const { startEpochSeconds } = context;
  return parseResult({ spec, progressDeadlineSeconds: deadline ?? PROGRESS_DEADLINE_SECONDS, startEpochSeconds }, issues);
}

function inlineRevision(entry: KnativeEntry, add: (issue: Issue) => void): Revision {
  const annotations = textsOf(entry.annotations ?? {});
  return { annotations, containerConcurrency: entry.containerConcurrency ?? 0, path: ["annotations"], add };
}

function manifestRevision(
  { annotations, containerConcurrency }: KnativeEntry,
  manifest: string,
  context: PolicyContext,
  add: (issue: Issue) => void,
): Revision | undefined {
  const beside = Object.entries({ annotations, containerConcurrency }).filter(([, value]) => value !== undefined);
  for (const [key] of beside) add({ code: "one_of", path: [key], data: { keys: ["manifest", key], present: ["manifest", key] } });
  const loaded = loadManifest({ manifest }, SERVICE, context, add);
  if (loaded === undefined) return undefined;
  const template = recordAt(recordAt(loaded.value, "spec"), "template");
  const written = recordAt(recordAt(template, "metadata"), "annotations");
  const path = ["spec", "template", "metadata", "annotations"];
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(written)) {
    if (typeof value === "string") own[name] = value;
    else loaded.report(typeIssue([...path, name], "a string", value));
  }
  const limit = recordAt(template, "spec")["containerConcurrency"] ?? 0;
  const limitPath = ["spec", "template", "spec", "containerConcurrency"];
  if (typeof limit !== "number" || !Number.isInteger(limit)) loaded.report(typeIssue(limitPath, "a whole number", limit));
  else if (limit < 0 || limit > CONTAINER_CONCURRENCY_MAX)
    loaded.report({ code: "out_of_range", path: limitPath, data: { minimum: 0, maximum: CONTAINER_CONCURRENCY_MAX, actual: limit } });
  return { annotations: own, containerConcurrency: typeof limit === "number" ? limit : 0, path, add: loaded.report };
}

/** @see knative.dev/serving pkg/apis/autoscaling/annotation_validation.go, validateMinMaxScale and validateInitialScale */
function checkBounds({ minScale, maxScale, initialScale }: KnativeSpec, allowZero: boolean, { path, add }: Revision): void {
  if (maxScale !== 0 && minScale > maxScale)
    add({ code: "out_of_range", path: [...path, "autoscaling.knative.dev/max-scale"], data: { minimum: minScale, actual: maxScale } });
  if (initialScale === 0 && !allowZero)
    add({ code: "out_of_range", path: [...path, "autoscaling.knative.dev/initial-scale"], data: { minimum: 1, actual: 0 } });
}

function typeIssue(path: readonly string[], expected: string, value: unknown): Issue {
  return { code: "manifest_field_type", path, data: { field: fieldName(path), expected, actual: JSON.stringify(value) ?? "nothing" } };
}

function recordAt(value: unknown, key: string): { readonly [key: string]: unknown } {
  const member = isRecord(value) ? value[key] : undefined;
  return isRecord(member) ? member : {};
}

function textsOf(values: { readonly [key: string]: string | number | boolean }): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));
}
