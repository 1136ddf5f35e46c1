import {
  type BoundPolicy,
  buildPlan,
  DEFAULTS,
  type DeploymentLabels,
  deploymentLabels,
  InputError,
  type Issue,
  type Json,
  manifestsOf,
  type OpenTrace,
  type ParsedScenario,
  type ParseResult,
  type Plan,
  POLICY_MANIFEST_KINDS,
  type Policy,
  type PolicyDeployment,
  parseScenario,
  type ScenarioSpec,
  type UserLatency,
} from "@replicast/sim-core";
import { compileFormulas, loadExpressions, nearestNames } from "@replicast/sim-core/score";
import { addAdapterConfig } from "./adapter-file.ts";
import { checkAdapter, checkRequests, lackingFeatures } from "./check-queries.ts";
import { pathBeside, type ScenarioFiles, scenarioPath } from "./files.ts";
import { readKernelTables } from "./kernel-tables.ts";
import { type PolicyCode, resolvePolicyCode } from "./policy-code/policy-code.ts";
import { checkProspects } from "./prospects/check-prospects.ts";
import { atPlace, pathOf, placeOf } from "./request-places.ts";
import { checkTraces, replaceTrace, traceOpener } from "./traces.ts";
import { resolveLocalTime, resolveZone } from "./zones.ts";

/** A policy of any configuration and state. */
// biome-ignore lint/suspicious/noExplicitAny: configurations and states differ by policy; each policy's parser fixes its own
export type AnyPolicy = Policy<any, any>;

export interface LoadOptions {
  readonly files: ScenarioFiles;
  /** Policies the scenario may name by their `id`. */
  readonly policies: readonly AnyPolicy[];
  /** Replays this trace instead of the scenario's only trace, or only stream. */
  readonly trace?: string;
  /** Replaces the scenario's seed. */
  readonly seed?: string;
  /** `path=value` texts that override the file, as in `nodePools.h100.max=4`. */
  readonly set?: readonly string[];
  /** Runs modules and programs that the scenario names as policies. Left out: such a scenario is refused. */
  readonly policyCode?: PolicyCode;
  /** Latency models in code, by deployment; they replace what the scenario says. */
  readonly latencyModels?: Readonly<Record<string, UserLatency>>;
}

/** A scenario that can be run. */
export interface LoadedScenario {
  readonly plan: Plan;
  readonly warnings: readonly Issue[];
  /** The controllers of one of the plan's policies, bound to their code. @throws InputError `unknown_policy` */
  readonly bind: (policyName: string) => readonly BoundPolicy[];
  readonly openTrace: OpenTrace;
}

/**
 * Reads a scenario with everything it names: manifests, traces, time zones, formulas. All that is asynchronous or asks the platform
 * happens here; what comes out can be run any number of times.
 *
 * @param entry a scenario file, or a folder with a `scenario.yaml`
 * @throws InputError with every issue found, each with file, line and column where there is one
 */
export async function load(entry: string, options: LoadOptions): Promise<LoadedScenario> {
  const file = scenarioPath(entry);
  const text = await options.files.read(file);
  if (text === undefined) throw new InputError([{ code: "file_missing", path: [], file, data: { file } }]);
  const manifests = await readManifests(text, file, options);
  const parsed = parseScenario(text, file, options.set, (name) => manifests.texts.get(name));
  if (parsed.ok) return loadSpec(file, parsed, options, [], manifests.texts);
  const { salvaged } = parsed;
  if (salvaged === undefined) throw new InputError(withRefusals(parsed.issues, manifests));
  // The rest of the scenario is looked at all the same, so that nobody mends one issue only to meet the next.
  // Warnings may be about what stands in for a faulty part.
  const isSound = (issue: Issue): boolean => issue.severity !== "warning" && !salvaged.isDoubtful(issue);
  const locate: ParsedScenario["locate"] = (issues) => salvaged.locate(issues.filter(isSound));
  return loadSpec(file, { ...salvaged, locate }, options, withRefusals(parsed.issues, manifests), manifests.texts);
}

async function loadSpec(
  file: string,
  parsed: ParsedScenario,
  options: LoadOptions,
  earlier: readonly Issue[],
  manifests: ReadonlyMap<string, string>,
): Promise<LoadedScenario> {
  const { spec: traced, traceFile, issues: traceIssues } = replaceTrace(parsed.spec, options.trace);
  const adapter = await addAdapterConfig(traced, file, options.files);
  const { spec, policies: ownPolicies, assumptions } = await resolvePolicyCode(adapter.spec, file, options.policyCode);
  const policies = [...options.policies, ...ownPolicies];
  const openTrace = traceOpener(options.files, (name) => (name === traceFile ? (options.trace as string) : pathBeside(file, name)));
  const clock = createClock(spec);
  const kernelTables = await readKernelTables(spec, file, options.files);
  const { texts, refused } = await readNamedFiles(spec, file, options.files);
  const result = buildPlan(options.seed === undefined ? spec : { ...spec, seed: options.seed }, {
    startEpochSeconds: clock.startEpochSeconds,
    zone: clock.zone,
    kernelTables,
    ...(options.latencyModels === undefined ? {} : { latencyModels: options.latencyModels }),
    assumptions: [...parsed.assumptions, ...assumptions],
    parsePolicy: (kind, raw, deployment, exporters) =>
      parsePolicy(kind, raw, deployment, { ...options, policies, texts, clock, durationSeconds: spec.duration, spec, exporters }),
  });
  const issues = parsed.locate([
    ...traceIssues,
    ...checkSeed(options.seed),
    ...refused,
    ...adapter.issues,
    ...clock.issues,
    ...parsed.warnings,
    ...(result.ok ? result.warnings : result.issues).filter((issue) => !isReadByDeployment(issue, manifests)),
    ...(result.ok ? checkProspects(result.plan, spec, texts, policies) : []),
    ...checkAdapter(
      spec.metrics?.adapter ?? [],
      result.ok ? deploymentLabels(result.plan.deployments, result.plan.cluster) : undefined,
      lackingFeatures(spec),
    ),
    ...(await checkFormulas(spec)),
    ...checkTraces(spec, openTrace, { plan: result.ok ? result.plan : undefined, replaced: traceFile, by: options.trace }),
  ]);
  const named = [...earlier, ...issues].map((issue) =>
    withFullPath(
      issue,
      new Map([...texts, ...manifests]),
      file,
      traceFile === undefined ? undefined : [traceFile, options.trace as string],
    ),
  );
  if (!result.ok || named.some(({ severity }) => severity !== "warning")) throw new InputError(sorted(named, file));
  return { plan: result.plan, warnings: sorted(named, file), openTrace, bind: (name) => bind(result.plan, name, policies) };
}

interface Manifests {
  /** By the name the scenario uses. */
  readonly texts: ReadonlyMap<string, string>;
  /** What the caller said of those it would not hand out. */
  readonly refused: ReadonlyMap<string, readonly Issue[]>;
}

/** Reads the manifests of the deployments, which complete the scenario before it is read. */
async function readManifests(text: string, file: string, { files, set }: LoadOptions): Promise<Manifests> {
  const texts = new Map<string, string>();
  const refused = new Map<string, readonly Issue[]>();
  for (const name of manifestsOf(text, file, set)) {
    try {
      const manifest = await files.read(pathBeside(file, name));
      if (manifest !== undefined) texts.set(name, manifest);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      refused.set(name, error.issues);
    }
  }
  return { texts, refused };
}

/** A manifest that was refused is not missing: the refusal stands where the scenario names it. */
function withRefusals(issues: readonly Issue[], { refused }: Manifests): readonly Issue[] {
  return issues.flatMap((issue) => {
    const reasons = issue.code === "deployment_manifest_missing" ? refused.get(String(issue.data?.["file"])) : undefined;
    if (reasons === undefined) return [issue];
    const { code: _code, data: _data, ...place } = issue;
    return reasons.map((reason) => ({ ...reason, ...place, data: { ...reason.data, file: reason.file ?? "" } }));
  });
}

/** Policies pass over what is not theirs; in the file of a deployment, that is the deployment's. */
function isReadByDeployment({ code, file, data }: Issue, manifests: ReadonlyMap<string, string>): boolean {
  if (code !== "manifest_document_ignored" || file === undefined || !manifests.has(file)) return false;
  return !POLICY_MANIFEST_KINDS.includes(String(data?.["kind"]));
}

/** Longest seed, characters; as in the scenario file. */
const MAX_SEED_CHARACTERS = 100;

function checkSeed(seed: string | undefined): readonly Issue[] {
  if (seed === undefined || (seed.length > 0 && seed.length <= MAX_SEED_CHARACTERS)) return [];
  return [{ code: "invalid_seed", path: [], file: "--seed", data: { actual: seed } }];
}

interface Clock {
  readonly startEpochSeconds: number;
  readonly zone: (timeZone: string) => ReturnType<typeof resolveZone>;
  readonly issues: readonly Issue[];
}

function createClock(spec: ScenarioSpec): Clock {
  const timeZone = spec.timeZone ?? DEFAULTS.scenario.timeZone;
  const local = spec.start ?? DEFAULTS.scenario.start;
  const start = resolveLocalTime(local, timeZone);
  const isZone = resolveZone(timeZone, 0, 0) !== undefined;
  const startEpochSeconds = start ?? 0;
  return {
    startEpochSeconds,
    zone: (name) => resolveZone(name, startEpochSeconds, spec.duration),
    // An unknown zone is reported by the plan itself.
    issues: start === undefined && isZone ? [{ code: "no_such_local_time", path: ["start"], data: { actual: local, timeZone } }] : [],
  };
}

interface NamedFiles {
  /** By the name the scenario uses. */
  readonly texts: ReadonlyMap<string, string>;
  /** Issues of files the caller would not hand out. */
  readonly refused: readonly Issue[];
}

/** Reads every file a policy's entry may mean, because policies read synchronously: any text that ends as a file name does. */
async function readNamedFiles(spec: ScenarioSpec, file: string, files: ScenarioFiles): Promise<NamedFiles> {
  const texts = new Map<string, string>();
  const refused: Issue[] = [];
  for (const name of new Set(fileNames(spec.policies))) {
    try {
      const text = await files.read(pathBeside(file, name));
      if (text !== undefined) texts.set(name, text);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const path = pathOf(spec.policies as readonly Json[], name);
      refused.push(...atPlace(error.issues, { path: ["policies", ...(path ?? [])] }));
    }
  }
  return { texts, refused };
}

function fileNames(value: unknown): readonly string[] {
  if (typeof value === "string") return /^[^\n]{1,500}\.(ya?ml|json|jsonl|csv)$/i.test(value) ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(fileNames);
}

interface PolicySetting extends LoadOptions {
  readonly texts: ReadonlyMap<string, string>;
  readonly clock: Clock;
  readonly durationSeconds: number;
  readonly spec: ScenarioSpec;
  readonly exporters: readonly DeploymentLabels[];
}

function parsePolicy(kind: string, raw: Json, deployment: PolicyDeployment, setting: PolicySetting): ParseResult<Json> {
  const policy = setting.policies.find(({ id }) => id === kind);
  if (policy === undefined) {
    const known = setting.policies.map(({ id }) => id);
    return {
      ok: false,
      issues: [{ code: "unknown_policy_kind", path: ["kind"], data: { actual: kind, known, nearest: nearestNames(kind, known) } }],
    };
  }
  const parsed = policy.parseConfig(raw, {
    deployment,
    readFile: (path) => setting.texts.get(path),
    zone: setting.clock.zone,
    startEpochSeconds: setting.clock.startEpochSeconds,
    durationSeconds: setting.durationSeconds,
  });
  if (!parsed.ok) return parsed;
  const found = [
    ...(parsed.warnings ?? []),
    ...checkRequests({
      policy: policy.id,
      requests: policy.queries(parsed.config),
      adapter: setting.spec.metrics?.adapter ?? [],
      namespace: deployment.namespace,
      exporters: setting.exporters,
      placeOf: (request) => placeOf(request, raw, setting.texts),
      lacking: lackingFeatures(setting.spec),
    }),
  ];
  return found.some(({ severity }) => severity !== "warning")
    ? { ok: false, issues: found }
    : { ok: true, config: parsed.config, warnings: found };
}

async function checkFormulas({ derive = {}, costs = {} }: ScenarioSpec): Promise<readonly Issue[]> {
  if (Object.keys(derive).length + Object.keys(costs).length === 0) return [];
  // The column of a formula's issue counts within the formula; where that starts in the file depends on its quotes.
  return compileFormulas(await loadExpressions(), { derive, costs }).issues.map(({ column, ...issue }) => issue);
}

/** Issues from inside a named file say how the scenario names it; a reader needs the path from where he stands. */
function withFullPath(
  issue: Issue,
  texts: ReadonlyMap<string, string>,
  scenario: string,
  trace: readonly [string, string] | undefined,
): Issue {
  if (issue.file === undefined) return issue;
  if (texts.has(issue.file)) return { ...issue, file: pathBeside(scenario, issue.file) };
  return issue.file === trace?.[0] ? { ...issue, file: trace[1] } : issue;
}

/** The scenario's own issues in the order of the file, then those of other files as they came. */
function sorted(issues: readonly Issue[], file: string): readonly Issue[] {
  const own = issues.filter((issue) => issue.file === file);
  own.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  return [...own, ...issues.filter((issue) => issue.file !== file)];
}

function bind(plan: Plan, name: string, policies: readonly AnyPolicy[]): readonly BoundPolicy[] {
  const found = plan.policies.find((policy) => policy.name === name);
  if (found === undefined) {
    const known = plan.policies.map((policy) => policy.name);
    throw new InputError([
      { code: "unknown_policy", path: ["policies"], data: { actual: name, known, nearest: nearestNames(name, known) } },
    ]);
  }
  return found.controllers.map(({ deployment, kind, config }) => {
    const policy = policies.find(({ id }) => id === kind) as AnyPolicy; // the plan was built with these policies
    return { deployment, policy, config };
  });
}
