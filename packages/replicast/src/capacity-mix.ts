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
  type TrafficConfig,
  usersMeanRate,
} from "@replicast/sim-core";
import { type KeepRow, routedMix, type WeightedMix } from "./capacity-routes.ts";
import { type Lengths, loneSeconds } from "./capacity-work.ts";
import type { LoadedScenario } from "./load.ts";
import { type Pair, pairOf } from "./pairs.ts";

/** Requests that stand for a mix: their mean work lies within 1.6 % of a standard deviation, the same for every search. */
const SAMPLE_SIZE = 4096;

/**
 * Requests drawn from all streams of a deployment, in proportion to their rates. Requests no replica can take, as they
 * exceed the model's length or the KV cache, are left out: no number of replicas would help them.
 */
export function mixSample({ plan, openTrace }: Pick<LoadedScenario, "plan" | "openTrace">, deployment: PlanDeployment): readonly Lengths[] {
  const parts = streamParts({ plan, openTrace }, deployment);
  const pair = pairOf(plan, deployment);
  const { maxOutputTokens = Number.POSITIVE_INFINITY } = (pair?.decode ?? deployment).serving.engine;
  const fits = (lengths: Lengths): boolean => (pair === undefined ? fitsOn(deployment, lengths) : fitsPair(pair, deployment, lengths));
  const drawn = draw(parts).map((lengths) => ({ ...lengths, outputTokens: Math.min(lengths.outputTokens, maxOutputTokens) }));
  const fitting = drawn.filter(fits);
  return fitting.length > 0 ? fitting : drawn;
}

/** Whether a replica could ever hold the request. */
export function fitsOn({ serving }: PlanDeployment, { promptTokens, outputTokens }: Lengths): boolean {
  const { maxOutputTokens = Number.POSITIVE_INFINITY } = serving.engine;
  return promptTokens + Math.min(outputTokens, maxOutputTokens) <= tokensMax(serving);
}

/** Whether the request is served by the pair, and gives its side something to do. */
function fitsPair({ decode, prefill }: Pair, side: PlanDeployment, lengths: Lengths): boolean {
  const least = side.name === decode.name ? 1 : (decode.serving.disaggregation?.minPromptTokens ?? 1);
  // The side that computes prompts has room for the one token that ends each.
  return fitsOn(decode, lengths) && lengths.promptTokens < tokensMax(prefill.serving) && lengths.promptTokens >= least;
}

function tokensMax({ engine: { maxModelTokens, kvBlocks, blockTokens } }: PlanDeployment["serving"]): number {
  return Math.min(maxModelTokens, kvBlocks * blockTokens);
}

/** Mean rate of all streams of a deployment over the run, requests per second. */
export function offeredPerSecond(scenario: Pick<LoadedScenario, "plan" | "openTrace">, deployment: PlanDeployment): number {
  return streamParts(scenario, deployment).reduce((sum, { weight }) => sum + weight, 0);
}

/** What one stream sends to a deployment. */
export interface StreamPart extends WeightedMix {
  readonly stream: TrafficConfig;
}

/** What every stream that a deployment may meet sends to it; at rate 0 when that is nothing as long as all targets of its models are idle. */
export function streamParts(
  { plan, openTrace }: Pick<LoadedScenario, "plan" | "openTrace">,
  deployment: PlanDeployment,
): readonly StreamPart[] {
  const { durationSeconds, zones, startEpochSeconds } = plan;
  const context = { durationSeconds, zones, startEpochSeconds };
  const served = pairOf(plan, deployment)?.decode ?? deployment;
  return plan.traffic
    .filter((stream) => deploymentsMet(plan, stream).includes(served.name))
    .map((stream) => {
      const mixOf = (keep?: KeepRow): WeightedMix => streamMix(stream, deployment, openTrace, context, keep);
      return { stream, ...(stream.deployment === undefined ? routedMix(plan, stream, served, mixOf) : mixOf()) };
    });
}

function streamMix(
  stream: TrafficConfig,
  { serving }: PlanDeployment,
  openTrace: LoadedScenario["openTrace"],
  context: RateContext,
  keep?: KeepRow,
): WeightedMix {
  if (stream.kind !== "trace") {
    const mix = stream.session === undefined ? mixOf(stream.lengths) : conversationMix(stream.lengths, stream.session, limitOf(stream));
    if (stream.kind === "generator")
      return { mix: limited(mix, stream.maxOutputTokens), weight: meanRatePerSecond({ config: stream }, context) };
    const mean = { promptTokens: Math.round(mix.meanPromptTokens), outputTokens: Math.round(mix.meanOutputTokens) };
    return { mix, weight: usersMeanRate(stream, loneSeconds(serving, mean), context.durationSeconds) };
  }
  const scan = scanTrace(openTrace, stream.file, keep);
  return { mix: limited(mixOf(scan), stream.maxOutputTokens), weight: meanRatePerSecond({ config: stream, scan }, context) };
}

const limitOf = (stream: TrafficConfig): number | undefined => (stream.kind === "users" ? undefined : stream.maxOutputTokens);

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
