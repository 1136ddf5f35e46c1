import {
  blendMixes,
  createStreams,
  type LengthMix,
  ModelRoute,
  type ModelRouteConfig,
  modelRoutes,
  type Plan,
  type PlanDeployment,
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
    if (stream.kind !== "trace")
      return share === 0
        ? []
        : [
            scaled(
              routed(
                mixOf(() => true),
                plan,
                route,
                deployment,
              ),
              share,
            ),
          ];
    const own = mixOf(({ model }) => model === route.name);
    const others =
      share === 0
        ? []
        : [
            scaled(
              mixOf(({ model }) => model === undefined),
              share,
            ),
          ];
    return [own, ...others].filter(({ weight }) => weight > 0).map((part) => routed(part, plan, route, deployment));
  });
  return joined(parts, () => mixOf(() => true));
}

const scaled = ({ mix, weight }: WeightedMix, factor: number): WeightedMix => ({ mix, weight: weight * factor });

/** The requests of a part that a route sends to the deployment. */
function routed({ mix, weight }: WeightedMix, plan: Plan, config: ModelRouteConfig, deployment: PlanDeployment): WeightedMix {
  if (config.targets.length === 1) return { mix, weight };
  const own = plan.deployments.findIndex(({ name }) => name === deployment.name);
  const route = new ModelRoute(config, (target) => plan.deployments.findIndex(({ name }) => name === target));
  const into = { promptTokens: 0, outputTokens: 0 };
  const stream = createStreams("capacity").get(`routes/${config.name}`);
  let kept = 0;
  for (let i = 0; i < ROUTED_REQUESTS; i++) {
    mix.sample(stream, into);
    if (route.pickUsual({ promptTokens: into.promptTokens, uniform: stream.uniform() }) === own) kept++;
  }
  if (kept === 0) return { mix, weight: 0 };
  const sample: LengthMix["sample"] = (chance, lengths) => {
    for (let i = 0; i < TRIES_MAX; i++) {
      mix.sample(chance, lengths);
      if (route.pickUsual({ promptTokens: lengths.promptTokens, uniform: chance.uniform() }) === own) return;
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
  return ({ model, session, promptTokens }) => {
    const [modelShare, uniform] =
      session === undefined ? [chance.uniform(), chance.uniform()] : [streams.once(`model/${session}`), streams.once(`target/${session}`)];
    return routes.get(model ?? modelAt(stream, modelShare) ?? "")?.pickUsual({ promptTokens, uniform }) === own;
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
