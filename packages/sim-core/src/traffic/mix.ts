import { createSampler } from "../random/distributions.ts";
import { createStreams, type Stream } from "../random/streams.ts";
import { meanWholeCount, wholeCount } from "./arrivals.ts";
import type { LengthsConfig, SessionConfig, TrafficConfig } from "./config.ts";
import { type GeneratorConfig, generatorMeanRate } from "./generator.ts";
import type { RateContext } from "./rate.ts";
import type { TraceScan } from "./trace-scan.ts";
import type { TraceConfig } from "./trace-source.ts";
import { meanUsers } from "./user-count.ts";

export type UsersConfig = TrafficConfig & { readonly kind: "users" };

/** Requests of conversations that stand for all of them. */
const CONVERSATION_REQUESTS = 4096;

/** Lengths of one request; `RequestRecord` is one. */
export interface LengthsRecord {
  promptTokens: number;
  outputTokens: number;
}

/** The lengths of a deployment's requests, without their times: what a capacity run draws from. */
export interface LengthMix {
  readonly meanPromptTokens: number;
  readonly meanOutputTokens: number;
  sample(stream: Stream, into: LengthsRecord): void;
}

/** The mix of a generator's lengths, or of a scanned trace; two numbers of the stream per request, or one. */
export function mixOf(source: LengthsConfig | Pick<TraceScan, "sample" | "meanPromptTokens" | "meanOutputTokens">): LengthMix {
  return "sample" in source ? sampleMix(source) : configMix(source);
}

/**
 * The mix of conversations: every turn's prompt holds what was said before. The same for the same lengths and sessions.
 * @param outputTokensMax after so many tokens answers end
 */
export function conversationMix(
  lengths: LengthsConfig,
  session: SessionConfig,
  outputTokensMax: number = Number.POSITIVE_INFINITY,
): LengthMix {
  const sample = conversationSample(lengths, session, outputTokensMax);
  const mean = (of: (pair: readonly [number, number]) => number): number => sample.reduce((sum, pair) => sum + of(pair), 0) / sample.length;
  return sampleMix({ sample, meanPromptTokens: mean(([prompt]) => prompt), meanOutputTokens: mean(([, output]) => output) });
}

function conversationSample(
  lengths: LengthsConfig,
  session: SessionConfig,
  outputTokensMax: number,
): (readonly [promptTokens: number, outputTokens: number])[] {
  const stream = createStreams("conversations").get("sample");
  const turnsOf = createSampler(session.turns);
  const mix = configMix(lengths);
  const into: LengthsRecord = { promptTokens: 0, outputTokens: 0 };
  const sample: (readonly [number, number])[] = [];
  while (sample.length < CONVERSATION_REQUESTS) {
    let contextTokens = session.systemTokens;
    const turns = wholeCount(turnsOf.sample(stream));
    for (let turn = 0; turn < turns && sample.length < CONVERSATION_REQUESTS; turn++) {
      mix.sample(stream, into);
      const promptTokens = contextTokens + into.promptTokens;
      const outputTokens = Math.min(outputTokensMax, into.outputTokens);
      contextTokens = promptTokens + outputTokens;
      if (turn > 0 && contextTokens > session.maxContextTokens) break;
      sample.push([promptTokens, outputTokens]);
    }
  }
  return sample;
}

/** Mean turns of a session, whatever its context allows. */
const meanTurns = (session: SessionConfig | undefined): number =>
  session === undefined ? 1 : meanWholeCount(createSampler(session.turns));

/**
 * Requests per second that users send, over the run, if each takes so long.
 * @param answerSeconds from a request's first arrival to its end
 */
export function usersMeanRate(config: UsersConfig, answerSeconds: number, durationSeconds: number): number {
  const turns = meanTurns(config.session);
  const thinkSeconds = createSampler(config.thinkSeconds).mean;
  const turnThinkSeconds = config.session === undefined ? 0 : createSampler(config.session.thinkSeconds).mean;
  const cycleSeconds = thinkSeconds + (turns - 1) * turnThinkSeconds + turns * answerSeconds;
  const users = meanUsers(config.users, durationSeconds);
  return cycleSeconds > 0 ? (users * turns) / cycleSeconds : users;
}

/**
 * Several mixes as one, each with its share of the requests; one more number of the stream per request.
 * @param parts weights ≥ 0 in any unit, such as mean rates; not all 0
 */
export function blendMixes(parts: readonly { readonly mix: LengthMix; readonly weight: number }[]): LengthMix {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only.mix;
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  const mean = (of: (mix: LengthMix) => number): number => parts.reduce((sum, { mix, weight }) => sum + of(mix) * (weight / total), 0);
  return {
    meanPromptTokens: mean((mix) => mix.meanPromptTokens),
    meanOutputTokens: mean((mix) => mix.meanOutputTokens),
    sample(stream, into) {
      let left = stream.uniform() * total;
      const chosen = parts.find(({ weight }) => {
        left -= weight;
        return left < 0;
      });
      (chosen ?? (parts[parts.length - 1] as (typeof parts)[number])).mix.sample(stream, into);
    },
  };
}

/**
 * Requests per second over the run: expected for a generator; for a trace its rows over the time they span, fewer
 * when the trace ends before the run does.
 */
export function meanRatePerSecond(
  source: { readonly config: GeneratorConfig } | { readonly config: TraceConfig; readonly scan: TraceScan },
  context: RateContext,
): number {
  if (!("scan" in source)) return generatorMeanRate(source.config, context) * meanTurns(source.config.session);
  const { config, scan } = source;
  const from = Math.max(scan.firstSeconds, config.offsetSeconds);
  const to = Math.min(scan.lastSeconds, config.offsetSeconds + context.durationSeconds * config.speed);
  const spanSeconds = scan.lastSeconds - scan.firstSeconds;
  if (spanSeconds > 0) return (scan.rows * Math.max(0, to - from)) / spanSeconds / context.durationSeconds;
  return to >= from ? scan.rows / context.durationSeconds : 0;
}

function configMix(lengths: LengthsConfig): LengthMix {
  const promptTokens = createSampler(lengths.promptTokens);
  const outputTokens = createSampler(lengths.outputTokens);
  return {
    meanPromptTokens: meanWholeCount(promptTokens),
    meanOutputTokens: meanWholeCount(outputTokens),
    sample(stream, into) {
      into.promptTokens = wholeCount(promptTokens.sample(stream));
      into.outputTokens = wholeCount(outputTokens.sample(stream));
    },
  };
}

/** Pairs as they are, so that whatever ties prompt to answer stays. */
function sampleMix({
  sample,
  meanPromptTokens,
  meanOutputTokens,
}: Pick<TraceScan, "sample" | "meanPromptTokens" | "meanOutputTokens">): LengthMix {
  return {
    meanPromptTokens,
    meanOutputTokens,
    sample(stream, into) {
      const [promptTokens, outputTokens] = sample[Math.floor(stream.uniform() * sample.length)] ?? [1, 1];
      into.promptTokens = promptTokens;
      into.outputTokens = outputTokens;
    },
  };
}
