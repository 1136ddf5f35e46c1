import { NO_COMPLEXITY, type RequestRecord, type RequestSource } from "../domain/request.ts";
import type { Json } from "../errors.ts";
import { SimError } from "../errors.ts";
import { createSampler, type Sampler } from "../random/distributions.ts";
import type { Stream, Streams } from "../random/streams.ts";
import { createGapProcess, type GapProcess, meanOperationalRate, wholeCount } from "./arrivals.ts";
import type { ArrivalsConfig, RateConfig, SurgeConfig, TrafficConfig } from "./config.ts";
import { integrateRate, type RateContext, type RatePieces, ratePieces } from "./rate.ts";
import { RateClock } from "./rate-clock.ts";

export type GeneratorConfig = TrafficConfig & { readonly kind: "generator" };

/** Bursts have no rate function: they run in seconds, and a surge makes their time run faster. */
const REAL_TIME: RateConfig = { kind: "constant", perSecond: 1 };

/**
 * Requests drawn from an arrival process and length distributions, up to the end of the run. Arrivals come from the
 * stream `arrivals/<name>`, a moving rate from `modulation/<name>`, lengths from `lengths/<name>`: two numbers each,
 * prompt first. The streams keep their own state: save and restore them along with the source.
 */
export function createGenerator(config: GeneratorConfig, streams: Streams, context: RateContext): RequestSource {
  return new Generator(config, streams, context);
}

/** Expected requests per second over the run; bursts in the long run. */
export function generatorMeanRate(config: GeneratorConfig, context: RateContext): number {
  const pieces = piecesOf(config.arrivals, config.surges, context);
  return (meanOperationalRate(config.arrivals) * integrateRate(pieces, 0, context.durationSeconds)) / context.durationSeconds;
}

function piecesOf(arrivals: ArrivalsConfig, surges: readonly SurgeConfig[], context: RateContext): RatePieces {
  return ratePieces(arrivals.kind === "onOff" ? REAL_TIME : arrivals.rate, surges, context);
}

function clockOf(config: GeneratorConfig, streams: Streams, context: RateContext): RateClock {
  const pieces = piecesOf(config.arrivals, config.surges, context);
  if (config.arrivals.kind !== "modulatedPoisson") return new RateClock(pieces);
  const { sigma, tauSeconds } = config.arrivals;
  return new RateClock(pieces, { sigma, tauSeconds, stream: streams.get(`modulation/${config.name}`) });
}

class Generator implements RequestSource {
  readonly #clock: RateClock;
  readonly #gaps: GapProcess;
  readonly #arrivals: Stream;
  readonly #lengths: Stream;
  readonly #promptTokens: Sampler;
  readonly #outputTokens: Sampler;
  readonly #priority: number;

  constructor(config: GeneratorConfig, streams: Streams, context: RateContext) {
    this.#clock = clockOf(config, streams, context);
    this.#gaps = createGapProcess(config.arrivals);
    this.#arrivals = streams.get(`arrivals/${config.name}`);
    this.#lengths = streams.get(`lengths/${config.name}`);
    this.#promptTokens = createSampler(config.lengths.promptTokens);
    this.#outputTokens = createSampler(config.lengths.outputTokens);
    this.#priority = config.priority ?? 0;
  }

  next(into: RequestRecord): boolean {
    if (this.#clock.seconds === Number.POSITIVE_INFINITY) return false;
    const seconds = this.#clock.advance(this.#gaps.nextGap(this.#arrivals));
    if (seconds === Number.POSITIVE_INFINITY) return false;
    into.arrivalSeconds = seconds;
    into.promptTokens = wholeCount(this.#promptTokens.sample(this.#lengths));
    into.outputTokens = wholeCount(this.#outputTokens.sample(this.#lengths));
    into.priority = this.#priority;
    into.complexity = NO_COMPLEXITY;
    into.prefix.count = 0;
    return true;
  }

  save(): Json {
    return { clock: this.#clock.save(), gaps: this.#gaps.state };
  }

  restore(state: Json): void {
    const { clock, gaps } = (state ?? {}) as { readonly [key: string]: Json };
    if (clock === undefined || typeof gaps !== "number") throw new SimError("traffic_state", Number.NaN);
    this.#clock.restore(clock);
    this.#gaps.state = gaps;
  }
}
