import { createSampler } from "../random/distributions.ts";
import type { ModelRouteConfig } from "../serving/models/config.ts";
import type {
  ArrivalsConfig,
  Destination,
  LengthsConfig,
  RateConfig,
  SendLimits,
  SessionConfig,
  StreamMarks,
  TraceSessionsConfig,
  TrafficConfig,
} from "../traffic/config.ts";
import { HOURLY_PROFILES, LENGTHS_PRESETS, type LengthsPreset } from "../traffic/presets-lengths.ts";
import type { Findings } from "./build-issues.ts";
import { destinationOf } from "./build-models.ts";
import { DEFAULTS } from "./defaults.ts";
import { deploymentsMet } from "./model-routes.ts";
import type { Plan, PlanDeployment } from "./plan.ts";
import type {
  ArrivalsSpec,
  GeneratorSpec,
  MarksSpec,
  RateSpec,
  ScenarioSpec,
  SessionsSpec,
  TraceSessionsSpec,
  TrafficSpec,
  UsersSpec,
} from "./spec.ts";

/** Points of each distribution at which tails are looked at: finds shares from about 1 in 2000. */
const TAIL_GRID = 1000;

/** Completes the streams of requests. */
export function buildTraffic(
  spec: ScenarioSpec,
  timeZone: string,
  served: readonly PlanDeployment[],
  models: readonly ModelRouteConfig[],
  findings: Findings,
): readonly TrafficConfig[] {
  const targets = spec.traffic.map((stream, index) => destinationOf(stream, ["traffic", index], spec, findings));
  const names = streamNames(spec.traffic, targets);
  findings.uniqueNames(["traffic"], names);
  return spec.traffic.map((stream, index) => {
    const identity = { name: names[index] as string, ...(targets[index] as Destination), ...limitsOf(stream) };
    const place = { index, name: identity.name, maxModelTokens: maxModelTokensOf(served, models, identity) };
    if ("users" in stream) return { kind: "users", ...identity, ...buildUsers(stream, place, findings) };
    const marked = { ...identity, ...buildMarks(stream) };
    if ("trace" in stream) {
      return {
        kind: "trace",
        ...marked,
        file: stream.trace,
        speed: stream.speed ?? 1,
        offsetSeconds: stream.offset ?? 0,
        spreadSeconds: stream.spread ?? 0,
        ...(stream.hashTokens === undefined ? {} : { hashTokens: stream.hashTokens }),
        ...(stream.sessions === undefined ? {} : { sessions: buildTraceSessions(stream.sessions) }),
      };
    }
    return {
      kind: "generator",
      ...marked,
      arrivals: buildArrivals(stream.arrivals, timeZone),
      lengths: buildLengths(stream.lengths, findings),
      surges: buildSurges(stream, index, findings),
      ...(stream.sessions === undefined ? {} : { session: buildSession(stream.sessions, stream.sessions.think, place, findings) }),
    };
  });
}

/** The longest context that every deployment a conversation may meet takes; Infinity when there is none. */
function maxModelTokensOf(served: readonly PlanDeployment[], models: readonly ModelRouteConfig[], destination: Destination): number {
  const met = deploymentsMet({ models, deployments: served }, destination);
  const limits = served.filter(({ name }) => met.includes(name)).map(({ serving }) => serving.engine.maxModelTokens);
  return Math.min(Number.POSITIVE_INFINITY, ...limits);
}

function buildTraceSessions({ closedLoop, idle, systemTokens }: TraceSessionsSpec): TraceSessionsConfig {
  const { sessions } = DEFAULTS.traffic;
  return {
    closedLoop: closedLoop ?? sessions.closedLoop,
    idleSeconds: idle ?? sessions.idle,
    systemTokens: systemTokens ?? DEFAULTS.traffic.systemTokens,
  };
}

function buildMarks({ maxOutputTokens, priority, prefix }: MarksSpec): StreamMarks {
  return {
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(priority === undefined ? {} : { priority }),
    ...(prefix === undefined ? {} : { prefix: { tokens: prefix.tokens, groups: prefix.groups ?? 1 } }),
  };
}

/** Which stream is built. */
interface Place {
  readonly index: number;
  readonly name: string;
  readonly maxModelTokens: number;
}

function limitsOf({ maxOpenRequests, stop }: TrafficSpec): SendLimits {
  return { ...(maxOpenRequests === undefined ? {} : { maxOpenRequests }), ...(stop === undefined ? {} : { stopSeconds: stop }) };
}

function buildUsers(
  spec: UsersSpec,
  place: Place,
  findings: Findings,
): Omit<Extract<TrafficConfig, { kind: "users" }>, "kind" | "name" | "deployment" | "models"> {
  const pauseAfterLossSeconds = spec.pauseAfterLoss ?? DEFAULTS.traffic.pauseAfterLoss;
  if (spec.pauseAfterLoss === undefined)
    findings.assume(`${place.name}: a user whose request was lost waits ${pauseAfterLossSeconds} s longer before the next.`);
  return {
    users: typeof spec.users === "number" ? [[0, spec.users]] : spec.users.points,
    thinkSeconds: spec.think,
    pauseAfterLossSeconds,
    lengths: buildLengths(spec.lengths, findings),
    ...(spec.sessions === undefined ? {} : { session: buildSession(spec.sessions, spec.sessions.think ?? spec.think, place, findings) }),
  };
}

function buildSession(spec: SessionsSpec, thinkSeconds: SessionConfig["thinkSeconds"], place: Place, findings: Findings): SessionConfig {
  const { index, name, maxModelTokens } = place;
  const systemTokens = spec.systemTokens ?? DEFAULTS.traffic.systemTokens;
  const maxContext = spec.maxContext ?? maxModelTokens;
  const path = ["traffic", index, "sessions"];
  if (systemTokens >= maxContext) findings.error("session_context_too_small", [...path, "systemTokens"], { systemTokens, maxContext });
  if (maxContext > maxModelTokens) {
    const data = { maxContext, maxModelTokens };
    findings.add([{ code: "session_context_too_large", severity: "warning", path: [...path, "maxContext"], data }]);
  }
  findings.assume(
    `${name}: a session ends with a turn that is lost, and before one whose prompt and answer would exceed ${maxContext} tokens.`,
  );
  return { turns: spec.turns, thinkSeconds, systemTokens, maxContextTokens: maxContext };
}

/** A stream without a name is called after its deployment or its model, with a number when that is taken. */
function streamNames(traffic: readonly TrafficSpec[], targets: readonly Destination[]): readonly string[] {
  const taken = new Set(traffic.map(({ name }) => name));
  return traffic.map(({ name }, index) => {
    if (name !== undefined) return name;
    const { deployment, models } = targets[index] as Destination;
    const base = deployment ?? models?.[0]?.model ?? "trace";
    let candidate = base;
    for (let number = 2; taken.has(candidate); number++) candidate = `${base}-${number}`;
    taken.add(candidate);
    return candidate;
  });
}

function buildArrivals(spec: ArrivalsSpec, timeZone: string): ArrivalsConfig {
  switch (spec.kind) {
    case "poisson":
    case "constant":
      return { kind: spec.kind, rate: buildRate(spec.rate, timeZone) };
    case "gamma":
      return { kind: "gamma", rate: buildRate(spec.rate, timeZone), cv: spec.cv };
    case "modulatedPoisson":
      return { kind: "modulatedPoisson", rate: buildRate(spec.rate, timeZone), sigma: spec.sigma, tauSeconds: spec.tau };
    case "onOff":
      return { kind: "onOff", ratePerSecond: spec.rate, burstSize: spec.burstSize, offSeconds: spec.off };
  }
}

function buildRate(spec: RateSpec, timeZone: string): RateConfig {
  if (typeof spec === "number") return { kind: "constant", perSecond: spec };
  if ("points" in spec) return { kind: "points", points: spec.points };
  const hourly = typeof spec.profile === "string" ? (HOURLY_PROFILES.get(spec.profile)?.hourly ?? []) : spec.profile;
  return {
    kind: "diurnal",
    perSecond: spec.mean,
    hourly: toMeanOne(hourly),
    weekend: spec.weekend ?? 1,
    timeZone: spec.timeZone ?? timeZone,
  };
}

/** Warns of requests that no replica takes: a generator with long tails makes a few, and each counts as lost. */
export function warnOfLongRequests(
  { traffic, models = [], deployments }: Pick<Plan, "traffic" | "models" | "deployments">,
  findings: Findings,
): void {
  traffic.forEach((stream, index) => {
    if (stream.kind === "trace") return;
    const met = deploymentsMet({ models, deployments }, stream);
    const engines = deployments.filter(({ name }) => met.includes(name)).map(({ serving }) => serving.engine);
    // who routes by length spares the small ones
    const [engine] = engines.sort((a, b) => b.maxModelTokens - a.maxModelTokens);
    if (engine === undefined) return;
    const asked = stream.kind === "generator" ? stream.maxOutputTokens : undefined;
    const most = Math.min(asked ?? Number.POSITIVE_INFINITY, engine.maxOutputTokens ?? Number.POSITIVE_INFINITY);
    const share = shareAbove(engine.maxModelTokens - (stream.session?.systemTokens ?? 0), stream.lengths, most);
    const data = { percent: Math.ceil(share * 10_000) / 100, maxModelTokens: engine.maxModelTokens };
    if (share > 0) findings.add([{ code: "requests_too_long", severity: "warning", path: ["traffic", index, "lengths"], data }]);
  });
}

/** Probability that prompt and answer exceed a limit, by a grid over both distributions; 0 when their largest values do not. @param most tokens after which answers end */
function shareAbove(limit: number, { promptTokens, outputTokens }: LengthsConfig, most: number): number {
  const prompt = createSampler(promptTokens);
  const output = createSampler(outputTokens);
  const grid = Array.from({ length: TAIL_GRID }, (_, index) => (index + 0.5) / TAIL_GRID);
  const outputs = grid.map((probability) => Math.min(most, output.quantile(probability)));
  const exceeding = grid.map((probability) => {
    const room = limit - prompt.quantile(probability);
    return outputs.filter((tokens) => tokens > room).length;
  });
  return exceeding.reduce((sum, count) => sum + count, 0) / (TAIL_GRID * TAIL_GRID);
}

/** Scaled to mean 1, so that the written mean is the mean of a weekday. */
function toMeanOne(hourly: readonly number[]): readonly number[] {
  const sum = hourly.reduce((total, factor) => total + factor, 0);
  return hourly.map((factor) => (factor * hourly.length) / sum);
}

function buildLengths(spec: GeneratorSpec["lengths"], findings: Findings): LengthsConfig {
  if (typeof spec !== "string") return { promptTokens: spec.prompt, outputTokens: spec.output };
  const preset = LENGTHS_PRESETS.get(spec) as LengthsPreset; // the schema admits no other name
  findings.assume(
    `Token counts are those of ${preset.attribution.source} (${spec}, ${preset.attribution.license}); prompt and answer are drawn independently.`,
  );
  return preset.lengths;
}

function buildSurges(stream: GeneratorSpec, index: number, findings: Findings): Extract<TrafficConfig, { kind: "generator" }>["surges"] {
  return (stream.surges ?? []).map(({ from, to, factor }, surge) => {
    if (to <= from)
      findings.error("window_ends_before_start", ["traffic", index, "surges", surge, "to"], { fromSeconds: from, toSeconds: to });
    return { fromSeconds: from, toSeconds: to, factor };
  });
}
