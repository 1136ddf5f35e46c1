import * as z from "zod";
import type { Json } from "../errors.ts";
import { type Field, name, positiveDuration, refuse, share, strict, texts } from "./fields.ts";
import { metricsField, NODE_POOL_MANIFEST_KEYS, nodePoolField } from "./schema-cluster.ts";
import { deploymentField, MANIFEST_KEYS } from "./schema-deployment.ts";
import { faultField, updateField } from "./schema-faults.ts";
import { modelField, qualityField } from "./schema-models.ts";
import { autoscalerField } from "./schema-node-pools.ts";
import { policyProcessField } from "./schema-policies.ts";
import { trafficField } from "./schema-traffic.ts";
import type { PolicySpec, ScenarioSpec, SloSpec } from "./spec.ts";

/** Most entries of a list; a scenario is written by hand. */
const MAX_ENTRIES = 100;
/** Longest run, seconds: a leap year. Longer ones are slips of the keyboard. */
const MAX_DURATION_SECONDS = 366 * 86_400;
const LOCAL_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/;

/** Code of one's own in the place of a `kind`. */
const ownCode = {
  module: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe(
      "JavaScript module with a policy, instead of `kind`: a path from the scenario's folder that begins with ./, or a package. Needs --allow-code.",
    ),
  process: policyProcessField.optional().describe("Program that decides, instead of `kind`. Needs --allow-code."),
  config: z.record(z.string(), z.unknown()).optional().describe("Options of a `module` or `process`."),
};

const controller = z.looseObject({
  kind: z
    .string()
    .min(1)
    .optional()
    .describe("Id of a policy: fixed, hpa, keda, schedule, forecast …; with `module`: which of its policies."),
  ...ownCode,
});

const policy = z.looseObject({
  name: z.string().min(1).max(80).describe("How tables call it; unique."),
  kind: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Id of a policy: fixed, hpa, keda, schedule, forecast, max, knative, ray-serve, wva, aibrix, dynamo; its options stand beside it.",
    ),
  deployment: name.optional().describe("What it scales; may be left out when there is one deployment."),
  deployments: z.record(z.string(), controller).optional().describe("One controller per deployment, instead of `kind`."),
  models: z
    .array(modelField)
    .max(MAX_ENTRIES)
    .optional()
    .describe("Routes under this policy, in the place of the scenario's of the same names: routing shares are compared as policies."),
  ...ownCode,
}) as z.ZodType<unknown> as Field<PolicySpec>;

const objective = texts.optional();

const slo: Field<SloSpec> = strict({
  ttft: objective.describe('Time to first token, as in "p(95)<2s".'),
  tpot: objective.describe("Time per output token after the first."),
  itl: objective.describe("Gap between two tokens."),
  e2e: objective.describe("First arrival to last token."),
  queue: objective.describe("Waiting before the first step."),
  availability: share.optional().describe("Share of requests that must not be lost."),
  loadWindow: positiveDuration.optional().describe("Window of the offered load. Default 60s."),
}).transform((spec, context) =>
  [spec.ttft, spec.tpot, spec.itl, spec.e2e, spec.queue].some((texts) => texts !== undefined) ? spec : refuse(context, "no_objective"),
);

const thresholds = z
  .object({ policy: z.string().optional().describe("The policy they bind; default: all.") })
  .catchall(texts)
  .transform(({ policy, ...metrics }) => ({
    policy,
    metrics: metrics as { readonly [metric: string]: readonly string[] },
  }));

/** A plain number is a formula, too: a flat fee. */
const formula = z.union([z.string().min(1), z.number().transform(String)]);
const formulas = z.record(z.string().regex(/^[A-Za-z_]\w*$/, { error: () => "formula" }), formula);

const runDuration: Field<number> = positiveDuration.refine((seconds) => seconds <= MAX_DURATION_SECONDS, {
  params: { issue: { code: "too_large", data: { maximum: "366d" } } },
});

const seed = z.union([z.int().min(0).transform(String), z.string().min(1).max(100)]);

const scenarioObject = strict({
  replicast: z.literal(1).describe("Version of this file format."),
  name: name.describe("Name of the scenario."),
  description: z.string().optional().describe("What it is for, in a sentence or two."),
  start: z
    .string()
    .optional()
    .transform(localTimeText)
    .describe("Local date and time at which the run starts. Default 2026-01-05T00:00:00, a Monday."),
  timeZone: z.string().min(1).optional().describe("IANA zone of all local times. Default UTC."),
  duration: runDuration.describe("Length of the run, at most 366d."),
  seed: seed.optional().describe("Seed of all chance. Default 1."),
  traffic: z.array(trafficField).min(1).max(MAX_ENTRIES).describe("Streams of requests."),
  models: z
    .array(modelField)
    .max(MAX_ENTRIES)
    .optional()
    .describe("Models that requests may name, and the deployments behind each. A deployment's own name needs no entry."),
  deployments: z.array(deploymentField).min(1).max(MAX_ENTRIES).describe("What is served."),
  nodePools: z.array(nodePoolField).min(1).max(MAX_ENTRIES).describe("Where it runs."),
  autoscaler: autoscalerField.optional().describe("The node autoscaler over all pools."),
  metrics: metricsField.optional().describe("How metrics travel from replicas to policies."),
  policies: z.array(policy).min(1).max(MAX_ENTRIES).describe("Ways to scale it: each is simulated on the same traffic."),
  slo: slo.describe("What users were promised."),
  quality: qualityField.optional().describe("Answers that do not do: their price and their bound."),
  thresholds: thresholds
    .optional()
    .describe(
      'Conditions on the result, in k6 grammar: `cost.monthlyUsd: ["<40000"]`. Percentiles of latencies count a lost request as infinitely late.',
    ),
  derive: formulas.optional().describe("Named formulas over result metrics."),
  costs: formulas.optional().describe("Named formulas in dollars per month, shown beside the bill."),
  faults: z.array(faultField).max(MAX_ENTRIES).optional().describe("Things that go wrong on purpose."),
  updates: z.array(updateField).max(MAX_ENTRIES).optional().describe("Rolling updates of deployments, and changes of NodePools."),
});

/** The scenario file. */
export const scenarioField: Field<ScenarioSpec> = scenarioObject;

/** Keys of the top level. */
export const SCENARIO_KEYS: readonly string[] = Object.keys(scenarioObject.shape);

function localTimeText(text: string | undefined, context: z.core.$RefinementCtx): string | undefined {
  if (text === undefined || LOCAL_TIME.test(text)) return text;
  return refuse(context, "invalid_local_time", { actual: text, example: "2026-03-02T06:00:00" });
}

/** JSON schema (draft 7) of the scenario file, for editors. */
export function scenarioJsonSchema(): { readonly [key: string]: Json } {
  const schema = z.toJSONSchema(scenarioField, { io: "input", target: "draft-7" });
  return { ...(withManifests(schema) as { readonly [key: string]: Json }), title: "Replicast scenario" };
}

/** The manifest of a deployment or of a node pool may give what is otherwise required. */
function withManifests(schema: unknown): unknown {
  const { deployments, nodePools } =
    (schema as { properties?: { deployments?: { items?: Items }; nodePools?: { items?: Items } } }).properties ?? {};
  relax(deployments?.items, MANIFEST_KEYS);
  relax(nodePools?.items, NODE_POOL_MANIFEST_KEYS);
  return schema;
}

type Items = { required?: readonly string[]; if?: unknown; then?: unknown };

function relax(items: Items | undefined, keys: readonly string[]): void {
  if (items?.required === undefined) return;
  const rest = items.required.filter((key) => !keys.includes(key));
  items.if = { not: { required: ["manifest"] } };
  // biome-ignore lint/suspicious/noThenProperty: a key of JSON schema
  items.then = { required: items.required };
  items.required = rest;
}
