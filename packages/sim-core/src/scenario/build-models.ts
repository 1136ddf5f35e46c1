import type { QualityConfig } from "../score/config.ts";
import type { ModelRouteConfig, ModelRule, ModelTargetConfig } from "../serving/models/config.ts";
import type { Destination } from "../traffic/config.ts";
import { deploymentOf, type Findings } from "./build-issues.ts";
import type { ModelRouteSpec, ModelTargetSpec, ScenarioSpec, TrafficSpec } from "./spec.ts";

type Path = readonly (string | number)[];

/** Which rule reads an option of a target. */
const OPTION_RULES = {
  weight: ["weights"],
  maxPromptTokens: ["promptLength"],
  spillAbove: ["inOrder", "complexity", "cascade"],
  spillAboveKv: ["inOrder", "complexity", "cascade"],
  maxScore: ["complexity", "cascade"],
} as const satisfies Partial<Record<keyof ModelTargetSpec, readonly ModelRule[]>>;
const OPTIONS = Object.keys(OPTION_RULES) as readonly (keyof typeof OPTION_RULES)[];

/** Completes the models that requests may name. */
export function buildModels({ models = [], deployments }: ScenarioSpec, findings: Findings): readonly ModelRouteConfig[] {
  const known = deployments.map(({ name }) => name);
  findings.uniqueNames(
    ["models"],
    models.map(({ name }) => name),
  );
  return models.map((model, index) => buildRoute(model, ["models", index], known, findings));
}

function buildRoute(spec: ModelRouteSpec, path: Path, known: readonly string[], findings: Findings): ModelRouteConfig {
  const rule = spec.rule ?? "weights";
  const named = spec.targets.map(({ deployment }) => deployment);
  spec.targets.forEach((target, index) => {
    const place = [...path, "targets", index];
    if (!known.includes(target.deployment)) findings.unknownName("unknown_deployment", [...place, "deployment"], target.deployment, known);
    else if (named.indexOf(target.deployment) < index)
      findings.error("duplicate_target", [...place, "deployment"], { actual: target.deployment });
    for (const option of OPTIONS)
      if (target[option] !== undefined && !OPTION_RULES[option].some((reader) => reader === rule))
        findings.error("target_option_unused", [...place, option], { option, rule, needed: OPTION_RULES[option].join(", ") });
  });
  if (rule === "weights" && spec.targets.every(({ weight }) => weight === 0)) findings.error("no_target_weight", [...path, "targets"]);
  if (rule === "promptLength") checkLimits(spec.targets, [...path, "targets"], findings);
  const readsScore = rule === "complexity" || rule === "cascade";
  if (readsScore) checkScores(spec.targets, [...path, "targets"], findings);
  const { classifierAccuracy } = spec;
  if (classifierAccuracy !== undefined && !readsScore)
    findings.error("target_option_unused", [...path, "classifierAccuracy"], {
      option: "classifierAccuracy",
      rule,
      needed: "complexity, cascade",
    });
  return {
    name: spec.name,
    rule,
    isFallback: spec.fallback ?? rule === "inOrder",
    ...(classifierAccuracy === undefined ? {} : { classifierAccuracy }),
    targets: spec.targets.map((target) => buildTarget(target, readsScore)),
  };
}

function buildTarget(target: ModelTargetSpec, readsScore: boolean): ModelTargetConfig {
  const { deployment, weight, maxPromptTokens, spillAbove, spillAboveKv, adequateUpTo } = target;
  const scoreMax = readsScore ? (target.maxScore ?? adequateUpTo) : undefined;
  return {
    deployment,
    weight: weight ?? 1,
    promptTokensMax: maxPromptTokens ?? Number.POSITIVE_INFINITY,
    inFlightPerReplicaMax: spillAbove ?? Number.POSITIVE_INFINITY,
    ...(spillAboveKv === undefined ? {} : { kvCacheUtilizationMax: spillAboveKv }),
    ...(adequateUpTo === undefined ? {} : { adequateUpTo }),
    ...(scoreMax === undefined ? {} : { scoreMax }),
  };
}

/** Targets behind one that takes all that it can be given get nothing; and one by whose ability nothing is known cannot be chosen by it. */
function checkScores(targets: readonly ModelTargetSpec[], path: Path, findings: Findings): void {
  targets.slice(0, -1).forEach((target, index) => {
    const score = target.maxScore ?? target.adequateUpTo;
    const next = targets[index + 1];
    const nextScore = index + 2 === targets.length ? Number.POSITIVE_INFINITY : (next?.maxScore ?? next?.adequateUpTo ?? 1);
    if (score === undefined) findings.error("no_target_score", [...path, index], { deployment: target.deployment });
    else if (score >= nextScore) findings.error("scores_not_ascending", [...path, index, "maxScore"]);
  });
  const last = targets.at(-1);
  if (last?.maxScore !== undefined)
    findings.error("last_score_unused", [...path, targets.length - 1, "maxScore"], { deployment: last.deployment });
}

/** A policy's own routes in the place of the scenario's of the same names; undefined: it has none. */
export function buildPolicyModels(
  own: readonly ModelRouteSpec[] | undefined,
  models: readonly ModelRouteConfig[],
  path: Path,
  { deployments }: Pick<ScenarioSpec, "deployments">,
  findings: Findings,
): readonly ModelRouteConfig[] | undefined {
  if (own === undefined) return undefined;
  const known = models.map(({ name }) => name);
  findings.uniqueNames(
    path,
    own.map(({ name }) => name),
  );
  const built = own.map((model, index) => {
    if (!known.includes(model.name)) findings.unknownName("unknown_model", [...path, index, "name"], model.name, known);
    return buildRoute(
      model,
      [...path, index],
      deployments.map(({ name }) => name),
      findings,
    );
  });
  return models.map((model) => built.find(({ name }) => name === model.name) ?? model);
}

/** Completes what answers that do not do cost; something must say which do. */
export function buildQuality(
  { quality }: Pick<ScenarioSpec, "quality">,
  routes: readonly ModelRouteConfig[],
  findings: Findings,
): QualityConfig | undefined {
  if (quality === undefined) return undefined;
  if (!routes.some(({ targets }) => targets.some(({ adequateUpTo }) => adequateUpTo !== undefined)))
    findings.error("quality_not_judged", ["quality"]);
  const { badAnswerUsd = 0, minAdequate } = quality;
  return { badAnswerUsd, ...(minAdequate === undefined ? {} : { adequateShareMin: minAdequate }) };
}

/** Targets behind one that takes longer prompts get nothing. */
function checkLimits(targets: readonly ModelTargetSpec[], path: Path, findings: Findings): void {
  targets.slice(0, -1).forEach(({ maxPromptTokens = Number.POSITIVE_INFINITY }, index) => {
    const next = targets[index + 1]?.maxPromptTokens ?? Number.POSITIVE_INFINITY;
    if (maxPromptTokens >= next || maxPromptTokens === Number.POSITIVE_INFINITY)
      findings.error("prompt_limits_not_ascending", [...path, index, "maxPromptTokens"]);
  });
}

/** Where a stream's requests go: to a deployment, or where the models they name are served. */
export function destinationOf(
  stream: TrafficSpec,
  path: Path,
  { deployments, models = [] }: Pick<ScenarioSpec, "deployments" | "models">,
  findings: Findings,
): Destination {
  const known = deployments.map(({ name }) => name);
  const { model } = stream;
  if (model !== undefined) {
    if (stream.deployment !== undefined) findings.error("deployment_and_model", [...path, "deployment"]);
    const named = typeof model === "string" ? { [model]: 1 } : model;
    const served = [...new Set([...models.map(({ name }) => name), ...known])];
    for (const name of Object.keys(named)) {
      const place = typeof model === "string" ? [...path, "model"] : [...path, "model", name];
      if (!served.includes(name)) findings.unknownName("unknown_model", place, name, served);
    }
    if (Object.values(named).every((weight) => weight === 0)) findings.error("no_target_weight", [...path, "model"]);
    return { models: Object.entries(named).map(([name, weight]) => ({ model: name, weight })) };
  }
  // the requests of a trace may name their models themselves
  if (stream.deployment === undefined && "trace" in stream && (models.length > 0 || known.length > 1)) return {};
  return { deployment: deploymentOf(stream.deployment, path, known, findings) };
}
