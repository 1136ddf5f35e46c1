import {
  blendMixes,
  conversationMix,
  createStreams,
  deploymentsMet,
  type LengthMix,
  meanRatePerSecond,
  mixOf,
  type PlanDeployment,
  type RateContext,
  scanTrace,
  type TraceRow,
  type TrafficConfig,
  usersMeanRate,
} from "@replicast/sim-core";
import { routedMix } from "./capacity-routes.ts";
import { type Lengths, loneSeconds } from "./capacity-work.ts";
import type { LoadedScenario } from "./load.ts";

/** Requests that stand for a mix: their mean work lies within 1.6 % of a standard deviation, the same for every search. */
const SAMPLE_SIZE = 4096;

/**
 * Requests drawn from all streams of a deployment, in proportion to their rates. Requests no replica can take, as they
 * exceed the model's length or the KV cache, are left out: no number of replicas would help them.
 */
export function mixSample({ plan, openTrace }: Pick<LoadedScenario, "plan" | "openTrace">, deployment: PlanDeployment): readonly Lengths[] {
  const parts = partsOf({ plan, openTrace }, deployment);
  const { maxModelTokens, maxOutputTokens = Number.POSITIVE_INFINITY, kvBlocks, blockTokens } = deployment.serving.engine;
  const fits = ({ promptTokens, outputTokens }: Lengths): boolean =>
    promptTokens + outputTokens <= Math.min(maxModelTokens, kvBlocks * blockTokens);
  const drawn = draw(parts).map((lengths) => ({ ...lengths, outputTokens: Math.min(lengths.outputTokens, maxOutputTokens) }));
  const fitting = drawn.filter(fits);
  return fitting.length > 0 ? fitting : drawn;
}

/** Mean rate of all streams of a deployment over the run, requests per second. */
export function offeredPerSecond(scenario: Pick<LoadedScenario, "plan" | "openTrace">, deployment: PlanDeployment): number {
  return partsOf(scenario, deployment).reduce((sum, { weight }) => sum + weight, 0);
}

interface WeightedMix {
  readonly mix: LengthMix;
  /** Requests per second. */
  readonly weight: number;
}

function partsOf({ plan, openTrace }: Pick<LoadedScenario, "plan" | "openTrace">, deployment: PlanDeployment): readonly WeightedMix[] {
  const { durationSeconds, zones, startEpochSeconds } = plan;
  const context = { durationSeconds, zones, startEpochSeconds };
  return plan.traffic
    .filter((stream) => deploymentsMet(plan, stream).includes(deployment.name))
    .map((stream) =>
      stream.deployment === undefined
        ? routedMix(plan, stream, deployment, (keep) => streamMix(stream, deployment, openTrace, context, keep))
        : streamMix(stream, deployment, openTrace, context),
    );
}

function streamMix(
  stream: TrafficConfig,
  { serving }: PlanDeployment,
  openTrace: LoadedScenario["openTrace"],
  context: RateContext,
  keep?: (row: Readonly<TraceRow>) => boolean,
): WeightedMix {
  if (stream.kind !== "trace") {
    const mix = stream.session === undefined ? mixOf(stream.lengths) : conversationMix(stream.lengths, stream.session);
    if (stream.kind === "generator")
      return { mix: limited(mix, stream.maxOutputTokens), weight: meanRatePerSecond({ config: stream }, context) };
    const mean = { promptTokens: Math.round(mix.meanPromptTokens), outputTokens: Math.round(mix.meanOutputTokens) };
    return { mix, weight: usersMeanRate(stream, loneSeconds(serving, mean), context.durationSeconds) };
  }
  const scan = scanTrace(openTrace, stream.file, keep);
  return { mix: limited(mixOf(scan), stream.maxOutputTokens), weight: meanRatePerSecond({ config: stream, scan }, context) };
}

/** The mix with answers that end after so many tokens; its means stay those of the whole answers, and are not read here. */
function limited(mix: LengthMix, maxOutputTokens: number | undefined): LengthMix {
  if (maxOutputTokens === undefined) return mix;
  return {
    ...mix,
    sample: (stream, into) => {
      mix.sample(stream, into);
      into.outputTokens = Math.min(into.outputTokens, maxOutputTokens);
    },
  };
}

/**
 * A deployment that gets requests only when others fail is judged by all that may come; one that gets no traffic at all has one request
 * of one token each way as its mix: its capacity is never asked for.
 */
function draw(parts: readonly WeightedMix[]): readonly Lengths[] {
  if (parts.length === 0) return [{ promptTokens: 1, outputTokens: 1 }];
  const isIdle = !parts.some(({ weight }) => weight > 0);
  const mix = blendMixes(isIdle ? parts.map((part) => ({ ...part, weight: 1 })) : parts);
  const stream = createStreams("capacity").get("mix");
  return Array.from({ length: SAMPLE_SIZE }, () => {
    const lengths = { promptTokens: 1, outputTokens: 1 };
    mix.sample(stream, lengths);
    return lengths;
  });
}
