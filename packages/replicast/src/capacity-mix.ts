import {
  blendMixes,
  conversationMix,
  createStreams,
  type LengthMix,
  meanRatePerSecond,
  mixOf,
  type PlanDeployment,
  type RateContext,
  scanTrace,
  type TrafficConfig,
  usersMeanRate,
} from "@replicast/sim-core";
import { type Lengths, loneSeconds } from "./capacity-work.ts";
import type { LoadedScenario } from "./load.ts";
import { pairOf } from "./pairs.ts";

/** Requests that stand for a mix: their mean work lies within 1.6 % of a standard deviation, the same for every search. */
const SAMPLE_SIZE = 4096;

/**
 * Requests drawn from all streams of a deployment, in proportion to their rates. Requests no replica can take, as they
 * exceed the model's length or the KV cache, are left out: no number of replicas would help them.
 */
export function mixSample({ plan, openTrace }: Pick<LoadedScenario, "plan" | "openTrace">, deployment: PlanDeployment): readonly Lengths[] {
  const parts = partsOf({ plan, openTrace }, deployment);
  const pair = pairOf(plan, deployment);
  const answering = pair === undefined || pair.decode.name === deployment.name ? deployment : pair.decode;
  const { maxOutputTokens = Number.POSITIVE_INFINITY } = answering.serving.engine;
  const least = answering === deployment ? 1 : (answering.serving.disaggregation?.minPromptTokens ?? 1);
  const most = tokensMax(answering);
  const mostOfPrompt = pair === undefined ? most : tokensMax(pair.prefill) - 1;
  const fits = ({ promptTokens, outputTokens }: Lengths): boolean =>
    promptTokens + outputTokens <= most && promptTokens <= mostOfPrompt && promptTokens >= least;
  const drawn = draw(parts).map((lengths) => ({ ...lengths, outputTokens: Math.min(lengths.outputTokens, maxOutputTokens) }));
  const fitting = drawn.filter(fits);
  return fitting.length > 0 ? fitting : drawn;
}

function tokensMax({ serving }: PlanDeployment): number {
  const { maxModelTokens, kvBlocks, blockTokens } = serving.engine;
  return Math.min(maxModelTokens, kvBlocks * blockTokens);
}

/** Mean rate of all streams of a deployment over the run, requests per second. */
export function offeredPerSecond(scenario: Pick<LoadedScenario, "plan" | "openTrace">, deployment: PlanDeployment): number {
  return partsOf(scenario, deployment).reduce((sum, { weight }) => sum + weight, 0);
}

function partsOf(
  { plan, openTrace }: Pick<LoadedScenario, "plan" | "openTrace">,
  deployment: PlanDeployment,
): readonly { readonly mix: LengthMix; readonly weight: number }[] {
  const { durationSeconds, zones, startEpochSeconds } = plan;
  const pair = pairOf(plan, deployment);
  return plan.traffic
    .filter((stream) => stream.deployment === (pair?.decode ?? deployment).name)
    .map((stream) => streamMix(stream, deployment, openTrace, { durationSeconds, zones, startEpochSeconds }));
}

function streamMix(
  stream: TrafficConfig,
  { serving }: PlanDeployment,
  openTrace: LoadedScenario["openTrace"],
  context: RateContext,
): { readonly mix: LengthMix; readonly weight: number } {
  if (stream.kind !== "trace") {
    const mix = stream.session === undefined ? mixOf(stream.lengths) : conversationMix(stream.lengths, stream.session);
    if (stream.kind === "generator")
      return { mix: limited(mix, stream.maxOutputTokens), weight: meanRatePerSecond({ config: stream }, context) };
    const mean = { promptTokens: Math.round(mix.meanPromptTokens), outputTokens: Math.round(mix.meanOutputTokens) };
    return { mix, weight: usersMeanRate(stream, loneSeconds(serving, mean), context.durationSeconds) };
  }
  const scan = scanTrace(openTrace, stream.file);
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

/** A deployment that gets no traffic has one request of one token each way as its mix: its capacity is never asked for. */
function draw(parts: readonly { readonly mix: LengthMix; readonly weight: number }[]): readonly Lengths[] {
  if (!parts.some(({ weight }) => weight > 0)) return [{ promptTokens: 1, outputTokens: 1 }];
  const mix = blendMixes(parts);
  const stream = createStreams("capacity").get("mix");
  return Array.from({ length: SAMPLE_SIZE }, () => {
    const lengths = { promptTokens: 1, outputTokens: 1 };
    mix.sample(stream, lengths);
    return lengths;
  });
}
