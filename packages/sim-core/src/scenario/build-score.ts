import type { IssuePath } from "../errors.ts";
import type { LatencyMetric, SloConfig, SloObjective, Threshold } from "../score/config.ts";
import { isIssue, parseThreshold } from "../score/thresholds.ts";
import type { Findings } from "./build-issues.ts";
import { DEFAULTS } from "./defaults.ts";
import type { ScenarioSpec, SloSpec } from "./spec.ts";

const LATENCIES: readonly LatencyMetric[] = ["ttft", "tpot", "itl", "e2e", "queue"];

/** Reads the objectives: "p(95)<2s" means that 95 % of the requests must take at most 2 s. */
export function buildSlo(spec: SloSpec, findings: Findings): SloConfig {
  const objectives = LATENCIES.flatMap((metric) =>
    (spec[metric] ?? []).flatMap((text, index) => buildObjective(metric, text, ["slo", metric, index], findings)),
  );
  return {
    objectives,
    ...(spec.availability === undefined ? {} : { availability: spec.availability }),
    loadWindowSeconds: spec.loadWindow ?? DEFAULTS.slo.loadWindow,
  };
}

function buildObjective(metric: LatencyMetric, text: string, path: IssuePath, findings: Findings): readonly SloObjective[] {
  const parsed = parseThreshold(metric, text);
  if (isIssue(parsed)) {
    findings.add([parsed], path);
    return [];
  }
  const percentile =
    /^p\((.+)\)$/.exec(parsed.aggregation)?.[1] ?? (parsed.aggregation === "med" ? "50" : parsed.aggregation === "max" ? "100" : undefined);
  if (percentile === undefined || !parsed.op.startsWith("<") || !(parsed.value > 0)) {
    findings.error("not_an_objective", path, { actual: text, example: "p(95)<2s" });
    return [];
  }
  // The decimal exponent gives the double nearest to 0.95.
  return [{ metric, thresholdSeconds: parsed.value, target: Number(`${percentile}e-2`) }];
}

/** Reads the conditions on the result. */
export function buildThresholds(spec: ScenarioSpec, findings: Findings): readonly Threshold[] {
  const names = spec.policies.map(({ name }) => name);
  const policy = spec.thresholds?.policy;
  if (policy !== undefined && !names.includes(policy)) findings.unknownName("unknown_policy", ["thresholds", "policy"], policy, names);
  const own = { derive: Object.keys(spec.derive ?? {}), costs: Object.keys(spec.costs ?? {}) };
  return Object.entries(spec.thresholds?.metrics ?? {}).flatMap(([metric, texts]) =>
    texts.flatMap((text, index) => {
      const parsed = parseThreshold(metric, text, own);
      if (!isIssue(parsed)) return [parsed];
      // The name is wrong once, however many conditions stand under it.
      const path = parsed.code === "unknown_metric" ? ["thresholds", metric] : ["thresholds", metric, index];
      if (parsed.code !== "unknown_metric" || index === 0) findings.add([parsed], path);
      return [];
    }),
  );
}
