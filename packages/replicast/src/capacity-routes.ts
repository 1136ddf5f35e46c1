import {
  blendMixes,
  createStreams,
  type LengthMix,
  ModelRoute,
  type ModelRouteConfig,
  modelRoutes,
  type Plan,
  type PlanDeployment,
  type Stream,
  type TraceRow,
  type TrafficConfig,
} from "@replicast/sim-core";

/** Whether a row of a trace counts. */
export type KeepRow = (row: Readonly<TraceRow>) => boolean;

export interface WeightedMix {
  readonly mix: LengthMix;
  /** Requests per second. */
  readonly weight: number;
}

/** Requests routed to learn which part a deployment gets: a share of a half is then known to 1 %. */
const ROUTED_REQUESTS = 10_000;
/** After so many requests that go elsewhere a draw takes what comes. */
const TRIES_MAX = 10_000;

/**
 * The part of a stream that its routes send to a deployment while every target has idle replicas, and its rate. A deployment that
 * gets nothing then (a fall-back) has the whole stream as its mix, at rate 0.
 *
 * @param mixOf mix and rate of the stream, of a trace only those of the rows that are kept
 */
export function routedMix(
  plan: Plan,
  stream: TrafficConfig,
  deployment: PlanDeployment,
  mixOf: (keep: KeepRow) => WeightedMix,
): WeightedMix {
  const routes = modelRoutes(plan).filter(({ targets }) => targets.some((target) => target.deployment === deployment.name));
  const named = (stream.models ?? []).filter(({ weight }) => weight > 0);
  const total = named.reduce((sum, { weight }) => sum + weight, 0);
  const parts = routes.flatMap((route): WeightedMix[] => {
    const share = total === 0 ? 0 : named.filter(({ model }) => model === route.name).reduce((sum, { weight }) => sum + weight / total, 0);
    if (stream.kind !== "trace") return share === 0 ? [] : [scaled(routed(mixOf(all), plan, route, deployment), share)];
    const hasOwn: KeepRow = ({ model }) => model === route.name;
    const hasNone: KeepRow = ({ model }) => model === undefined;
    const pieces = [{ keep: hasOwn, factor: 1 }, ...(share === 0 ? [] : [{ keep: hasNone, factor: share }])];
    // rows may say how complex they are, and complex ones may be longer: whoever gets these must not be judged by all
    if (readsComplexity(route))
      return pieces
        .map(({ keep, factor }) => scaled(mixOf(bothOf(keep, complexityRouter(plan, route, deployment))), factor))
        .filter(({ weight }) => weight > 0);
    return pieces
      .map(({ keep, factor }) => scaled(mixOf(keep), factor))
      .filter(({ weight }) => weight > 0)
      .map((part) => routed(part, plan, route, deployment));
  });
  return joined(parts, () => mixOf(all));
}

const all: KeepRow = () => true;
const bothOf =
  (one: KeepRow, other: KeepRow): KeepRow =>
  (row) =>
    one(row) && other(row);
const readsComplexity = ({ rule }: ModelRouteConfig): boolean => rule === "complexity" || rule === "cascade";

/** Tells the rows that come to a deployment, at once or after another one's answer; the same at each scan of a file. */
function complexityRouter(plan: Plan, config: ModelRouteConfig, deployment: PlanDeployment): KeepRow {
  const { route, own } = routeOf(plan, config, deployment);
  const chance = createStreams("capacity").get(`complexity/${config.name}`);
  return ({ promptTokens, complexity }) => {
    const drawn = chance.uniform();
    const score = route.scoreOf(complexity ?? drawn, chance.uniform());
    return route.meets({ promptTokens, uniform: chance.uniform(), score }, own);
  };
}

function routeOf(plan: Plan, config: ModelRouteConfig, { name }: PlanDeployment): { readonly route: ModelRoute; readonly own: number } {
  const indexOf = (target: string): number => plan.deployments.findIndex((deployment) => deployment.name === target);
  return { route: new ModelRoute(config, indexOf), own: indexOf(name) };
}

const scaled = ({ mix, weight }: WeightedMix, factor: number): WeightedMix => ({ mix, weight: weight * factor });

/** The requests of a part that a route sends to the deployment. */
function routed({ mix, weight }: WeightedMix, plan: Plan, config: ModelRouteConfig, deployment: PlanDeployment): WeightedMix {
  if (config.targets.length === 1) return { mix, weight };
  const { route, own } = routeOf(plan, config, deployment);
  const into = { promptTokens: 0, outputTokens: 0 };
  const stream = createStreams("capacity").get(`routes/${config.name}`);
  const meets = (chance: Stream, { promptTokens }: { readonly promptTokens: number }): boolean => {
    const uniform = chance.uniform();
    const score = route.readsComplexity ? route.scoreOf(chance.uniform(), chance.uniform()) : 0;
    return route.meets({ promptTokens, uniform, score }, own);
  };
  let kept = 0;
  for (let i = 0; i < ROUTED_REQUESTS; i++) {
    mix.sample(stream, into);
    if (meets(stream, into)) kept++;
  }
  if (kept === 0) return { mix, weight: 0 };
  // drawn complexities know nothing of lengths: every share of the requests is a mix like the whole
  if (route.readsComplexity) return { mix, weight: (weight * kept) / ROUTED_REQUESTS };
  const sample: LengthMix["sample"] = (chance, lengths) => {
    for (let i = 0; i < TRIES_MAX; i++) {
      mix.sample(chance, lengths);
      if (meets(chance, lengths)) return;
    }
  };
  return { mix: { ...mix, sample }, weight: (weight * kept) / ROUTED_REQUESTS };
}

function joined(parts: readonly WeightedMix[], whole: () => WeightedMix): WeightedMix {
  const weight = parts.reduce((sum, part) => sum + part.weight, 0);
  if (weight === 0) return { mix: whole().mix, weight: 0 };
  return { mix: blendMixes(parts), weight };
}

/** Tells the rows of a trace that its stream's routes send to the deployment while every target has idle replicas, sessions as a whole. */
export function rowRouter(plan: Plan, stream: TrafficConfig, deployment: PlanDeployment): KeepRow {
  if (stream.deployment !== undefined) return () => true;
  const streams = createStreams("capacity");
  const chance = streams.get(`rows/${stream.name}`);
  const indexOf = (target: string): number => plan.deployments.findIndex(({ name }) => name === target);
  const routes = new Map(modelRoutes(plan).map((route) => [route.name, new ModelRoute(route, indexOf)]));
  const own = indexOf(deployment.name);
  return ({ model, session, promptTokens, complexity }) => {
    const [modelShare, uniform] =
      session === undefined ? [chance.uniform(), chance.uniform()] : [streams.once(`model/${session}`), streams.once(`target/${session}`)];
    const route = routes.get(model ?? modelAt(stream, modelShare) ?? "");
    if (route === undefined) return false;
    const score = route.readsComplexity ? route.scoreOf(complexity ?? chance.uniform(), chance.uniform()) : 0;
    return route.meets({ promptTokens, uniform, score }, own);
  };
}

function modelAt({ models = [] }: TrafficConfig, share: number): string | undefined {
  let left = share * models.reduce((sum, { weight }) => sum + weight, 0);
  const found = models.find(({ weight }) => {
    left -= weight;
    return left < 0;
  });
  return found?.model;
}
