import type { EngineConfig, LatencyConfig, ServingConfig } from "../../serving/config.ts";
import { createLatencyModel } from "../../serving/latency/model.ts";

/** Least step time that anything a request brings can take of a replica, seconds; linear in what it brings. */
export interface LeastWork {
  readonly perRequestSeconds: number;
  readonly perPromptTokenSeconds: number;
  readonly perPromptTokenSquaredSeconds: number;
  /** Per step in which the request decodes. */
  readonly perDecodeSeconds: number;
  /** Per step in which it decodes and token of its context. */
  readonly perContextTokenSeconds: number;
  /** Most tokens a step can bring it. */
  readonly tokensPerStepMax: number;
  /** Tokens of an answer that may have come from elsewhere than decode steps of this deployment. */
  readonly freeTokens: number;
}

export interface LeastWorkOptions {
  /** Mean token counts of the requests: which of several valid bounds is the largest depends on them. */
  readonly meanPromptTokens: number;
  readonly meanOutputTokens: number;
  /** Most tokens of a request, prompt and answer: whether sequences are ever preempted depends on it. */
  readonly longestTokens: number;
  /** Prompts may have been computed before, by whoever: then they weigh nothing. */
  readonly isPromptFree: boolean;
  /** Only requests whose mean time per token stays within this count, seconds. Absent: any. */
  readonly tokenSecondsMax?: number;
}

const NOTHING: LeastWork = {
  perRequestSeconds: 0,
  perPromptTokenSeconds: 0,
  perPromptTokenSquaredSeconds: 0,
  perDecodeSeconds: 0,
  perContextTokenSeconds: 0,
  tokensPerStepMax: 1,
  freeTokens: 1,
};

/** Values tried for the price of a prompt token, as shares of the highest that is valid. */
const PROMPT_SHARES = 8;
/** Values tried for what a slow token costs its step, by doubling from the smallest. */
const SLOWNESS_DOUBLINGS = 14;

/**
 * Prices of prompt tokens and decode steps so low that no step the engine can form lasts less than what its tokens cost: the sum over
 * steps, which is time of replicas, is then at least the sum over requests, however they were batched. Found by looking at every
 * number of tokens a step can have. A latency model without such prices (kernel tables, functions in code) gives 0, which is
 * no bound, but true.
 */
export function leastWork(serving: ServingConfig, options: LeastWorkOptions): LeastWork {
  const { latency, engine } = serving;
  if (engine.batching?.kind === "dynamic") return wholeRequests(latency, engine.batching.maxBatchSize, engine.batching.instances);
  if (latency.kind !== "linear" && latency.kind !== "roofline") return NOTHING;
  const perPromptToken = latency.perPromptTokenSeconds ?? 0;
  const slopes = [perPromptToken, latency.perDecodeSequenceSeconds, latency.perContextTokenSeconds, latency.perPromptTokenContextSeconds];
  // A slope below zero would turn estimates from below into estimates from above.
  if (slopes.some((slope) => slope < 0)) return NOTHING;
  const isPaired = serving.disaggregation !== undefined;
  const isPromptFree = options.isPromptFree || isPaired;
  const { prompt, decode } = bestPrices(latency, engine, { ...options, isPromptFree });
  const perPromptTokenSeconds = isPromptFree ? 0 : prompt + perPromptToken;
  const decodeTerms = { sequence: latency.perDecodeSequenceSeconds, context: latency.perContextTokenSeconds };
  // Of a preempted sequence the next token comes with its recomputation, of which a cache may leave one token to do.
  const chunkTerms = { sequence: perPromptToken, context: latency.perPromptTokenContextSeconds };
  const terms = mayRecompute(engine, options, perPromptTokenSeconds, decodeTerms) ? lesser(decodeTerms, chunkTerms) : decodeTerms;
  return {
    // The last token of a prompt sends the first of the answer, and takes the place of a decoding sequence. How long that step lasts is not
    // time per token.
    perRequestSeconds: isPaired || options.tokenSecondsMax !== undefined ? 0 : Math.max(0, decode - prompt),
    perPromptTokenSeconds,
    perPromptTokenSquaredSeconds: isPromptFree ? 0 : latency.perPromptTokenContextSeconds / 2,
    perDecodeSeconds: decode + terms.sequence,
    perContextTokenSeconds: terms.context,
    tokensPerStepMax: tokensPerStepMax(engine),
    // The first token leaves with the prompt; of a pair, the second may come with the last token of the prompt, computed anew.
    freeTokens: isPaired ? 2 : 1,
  };
}

interface LinearTerms {
  readonly sequence: number;
  readonly context: number;
}

const lesser = (a: LinearTerms, b: LinearTerms): LinearTerms => ({
  sequence: Math.min(a.sequence, b.sequence),
  context: Math.min(a.context, b.context),
});

/** Whether a sequence may be preempted, and then get its next token for less than by decoding it. */
function mayRecompute(
  { prefixCaching, maxSequences, kvBlocks, blockTokens }: EngineConfig,
  { longestTokens }: LeastWorkOptions,
  perPromptTokenSeconds: number,
  decode: LinearTerms,
): boolean {
  if (prefixCaching !== true && perPromptTokenSeconds >= decode.sequence + decode.context) return false;
  // One block more for tokens that are drafted.
  return maxSequences * (Math.ceil(longestTokens / blockTokens) + 1) > kvBlocks;
}

/** Step time that the answers of a request take at least, and its prompt, seconds. */
export function leastSeconds(work: LeastWork, promptTokens: number, outputTokens: number): number {
  const tokens = Math.max(0, outputTokens - work.freeTokens);
  const steps = tokens / work.tokensPerStepMax;
  // Contexts grow by a token with each token; several tokens in a step count as the first of them.
  const context = work.tokensPerStepMax > 1 ? promptTokens : promptTokens + tokens / 2;
  return (
    work.perRequestSeconds +
    work.perPromptTokenSeconds * promptTokens +
    work.perPromptTokenSquaredSeconds * promptTokens * promptTokens +
    work.perDecodeSeconds * steps +
    work.perContextTokenSeconds * steps * context
  );
}

const tokensPerStepMax = ({ speculative }: EngineConfig): number => 1 + (speculative?.draftTokens ?? 0);

/** Models that answer in one pass: the best batch there is, on all instances at once. */
function wholeRequests(latency: LatencyConfig, sizeMax: number, instances: number): LeastWork {
  if (latency.kind !== "curve") return NOTHING;
  const model = createLatencyModel(latency);
  let least = Number.POSITIVE_INFINITY;
  for (let size = 1; size <= sizeMax; size++) least = Math.min(least, model.decodeBaseSeconds(size) / size);
  return { ...NOTHING, perRequestSeconds: Math.max(0, least) / instances };
}

interface Prices {
  readonly prompt: number;
  readonly decode: number;
}

/** Of all valid pairs of prices that are tried, the one under which the mean request costs most. */
function bestPrices(
  latency: Extract<LatencyConfig, { readonly kind: "linear" | "roofline" }>,
  engine: EngineConfig,
  options: LeastWorkOptions,
): Prices {
  const step = stepTable(latency, engine);
  const decodes = Math.max(0, options.meanOutputTokens - 1) / tokensPerStepMax(engine);
  // Without a price, prompt tokens beside the answers would be free, and a prompt that is free has none.
  const promptMost = step.isMixed && !options.isPromptFree ? leastPerToken(step) : 0;
  let best: Prices = { prompt: 0, decode: 0 };
  let bestSeconds = -1;
  for (let share = 0; share <= PROMPT_SHARES; share++) {
    const prompt = (promptMost * share) / PROMPT_SHARES;
    const decode = decodePrice(step, prompt, options.tokenSecondsMax, tokensPerStepMax(engine));
    const seconds = prompt * options.meanPromptTokens + decode * decodes;
    if (seconds <= bestSeconds) continue;
    best = { prompt, decode };
    bestSeconds = seconds;
  }
  return best;
}

interface StepTable {
  /** Shortest step by its number of tokens, without what tokens and contexts add for themselves, seconds; [0] is not used. */
  readonly seconds: Float64Array;
  /** Sequences that can decode in one step. */
  readonly sequencesMax: number;
  /** Prompts and answers share steps. */
  readonly isMixed: boolean;
}

function stepTable(latency: Extract<LatencyConfig, { readonly kind: "linear" | "roofline" }>, engine: EngineConfig): StepTable {
  const model = createLatencyModel(latency);
  const isStatic = engine.batching?.kind === "static";
  const sequencesMax = engine.batching?.kind === "static" ? engine.batching.size : engine.maxSequences;
  const tokensMax = isStatic ? sequencesMax : Math.max(engine.maxBatchedTokens, sequencesMax);
  const seconds = new Float64Array(tokensMax + 1);
  for (let tokens = 1; tokens <= tokensMax; tokens++)
    seconds[tokens] = model.decodeBaseSeconds(tokens) - latency.perDecodeSequenceSeconds * tokens;
  return { seconds, sequencesMax, isMixed: !isStatic };
}

function leastPerToken({ seconds }: StepTable): number {
  let least = Number.POSITIVE_INFINITY;
  for (let tokens = 1; tokens < seconds.length; tokens++) least = Math.min(least, (seconds[tokens] as number) / tokens);
  return Math.max(0, least);
}

/**
 * The highest valid price of a decode step beside a price of prompt tokens. Where tokens may not take long on average, a step pays
 * each decoding sequence something for its length above what is allowed: over all steps that sums up to less than nothing.
 */
function decodePrice(step: StepTable, prompt: number, tokenSecondsMax: number | undefined, tokensPerStep: number): number {
  let best = priceAt(step, prompt, 0, 0);
  if (tokenSecondsMax === undefined) return Math.max(0, best);
  const allowed = tokenSecondsMax * tokensPerStep;
  for (let doubling = 0, slowness = 1 / (16 * step.sequencesMax); doubling < SLOWNESS_DOUBLINGS; doubling++, slowness *= 2)
    best = Math.max(best, priceAt(step, prompt, slowness, allowed));
  return Math.max(0, best);
}

/** What every step leaves for each of its decoding sequences. */
function priceAt({ seconds, sequencesMax }: StepTable, prompt: number, slowness: number, allowedSeconds: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let tokens = 1; tokens < seconds.length; tokens++) {
    const length = seconds[tokens] as number;
    const decodes = Math.min(tokens, sequencesMax);
    least = Math.min(least, (length - prompt * tokens) / decodes + slowness * (length - allowedSeconds));
  }
  return prompt + least;
}
