import type { DistributionConfig } from "../random/distribution-config.ts";

/** Token counts: prompt and answer drawn independently (rank correlation of real chat traces is within 0.1). */
export interface LengthsConfig {
  readonly promptTokens: DistributionConfig;
  readonly outputTokens: DistributionConfig;
}

/** Mean rate as a function of time. */
export type RateConfig =
  | { readonly kind: "constant"; readonly perSecond: number }
  /** 24 hourly factors, interpolated linearly between the middles of the hours, in local time of `timeZone`; mean rate = perSecond × mean factor. */
  | {
      readonly kind: "diurnal";
      readonly perSecond: number;
      readonly hourly: readonly number[];
      readonly weekend: number;
      readonly timeZone: string;
    }
  /** Piecewise linear through (seconds since start, rate per second). */
  | { readonly kind: "points"; readonly points: readonly (readonly [seconds: number, perSecond: number])[] };

export type ArrivalsConfig =
  | { readonly kind: "poisson"; readonly rate: RateConfig }
  /** Even gaps, the first half as long, time-changed by the rate. @see inference-perf, load type constant; GuideLLM, profile constant */
  | { readonly kind: "constant"; readonly rate: RateConfig }
  /** Renewal process with Gamma gaps of coefficient of variation `cv`, time-changed by the rate. */
  | { readonly kind: "gamma"; readonly rate: RateConfig; readonly cv: number }
  /** Poisson whose rate moves as the exponential of an AR(1) with standard deviation `sigma` and time constant `tauSeconds`. @see facts of the Azure 2023 conversation trace: sigma 0.21, tau 600 s */
  | { readonly kind: "modulatedPoisson"; readonly rate: RateConfig; readonly sigma: number; readonly tauSeconds: number }
  /** Bursts of log-normal size at `ratePerSecond`, separated by off times. @see the Azure 2023 code trace: sizes mean 152, on rate 9.1/s, off mean 43 s */
  | {
      readonly kind: "onOff";
      readonly ratePerSecond: number;
      readonly burstSize: DistributionConfig;
      readonly offSeconds: DistributionConfig;
    };

/** What a stream may say of its requests besides times and lengths. */
export interface StreamMarks {
  /** Answers end after this many tokens. Absent: as drawn or recorded. */
  readonly maxOutputTokens?: number;
  /** Priority of its requests, lower first; a trace with a priority column has its own. Absent: 0. */
  readonly priority?: number;
  /** Each request belongs to one of so many groups, equally likely; prompts of a group begin with the same tokens. Takes the place of a trace's own hash ids. */
  readonly prefix?: { readonly tokens: number; readonly groups: number };
}

/** A window in which one stream's rate is multiplied. */
export interface SurgeConfig {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly factor: number;
}

/** Conversations: each turn's prompt is everything said before, and a new input. */
export interface SessionConfig {
  /** Turns of a session, ≥ 1. */
  readonly turns: DistributionConfig;
  /** From the end of an answer to the next turn, seconds. */
  readonly thinkSeconds: DistributionConfig;
  /** Tokens in front of every first input, the same in all sessions of the stream. */
  readonly systemTokens: number;
  /** A session ends before a turn whose prompt and answer would exceed this. */
  readonly maxContextTokens: number;
}

/** What a client keeps to, whatever its schedule says. Both absent: nothing. */
export interface SendLimits {
  /** Requests it may have open (sent, not ended); further ones wait at the client and are sent late. @see GuideLLM, inference-perf: workers × concurrency */
  readonly maxOpenRequests?: number;
  /** It sends nothing at or after this time, seconds since the start. @see GuideLLM --max-seconds */
  readonly stopSeconds?: number;
}

/** Where a stream's requests go. */
export interface Destination {
  /** The deployment that serves all of them, whatever they name; absent: each goes where the model it names is served. */
  readonly deployment?: string;
  /** Models its requests name, each with its share; a request of a trace that names its own counts more. */
  readonly models?: readonly { readonly model: string; readonly weight: number }[];
}

/** One stream of requests. */
export type TrafficConfig = ((GeneratorTraffic & StreamMarks) | (TraceTraffic & StreamMarks) | UsersTraffic) & Destination & SendLimits;

interface GeneratorTraffic {
  readonly kind: "generator";
  readonly name: string;
  readonly arrivals: ArrivalsConfig;
  readonly lengths: LengthsConfig;
  readonly surges: readonly SurgeConfig[];
  /** Every arrival begins a session; absent: it is one request. `lengths` are those of a turn's new input and its answer. */
  readonly session?: SessionConfig;
}

interface TraceTraffic {
  readonly kind: "trace";
  readonly name: string;
  /** As the scenario names it; the text comes through `TraceTexts` at run time. */
  readonly file: string;
  /** 2 = twice as fast (gaps halved). */
  readonly speed: number;
  /** Skip this much of the trace first, seconds of trace time. */
  readonly offsetSeconds: number;
  /** Spread batched stamps uniformly over this many seconds (Mooncake stamps come in 3 s steps). 0: as they are. */
  readonly spreadSeconds: number;
  /** Prompt tokens that one of the trace's hash ids stands for. Absent: 512. @see Mooncake, FAST25 traces */
  readonly hashTokens?: number;
  /** How the sessions that the trace names are replayed. Absent: at their stamps, forgotten after an hour, nothing in front. */
  readonly sessions?: TraceSessionsConfig;
}

export interface TraceSessionsConfig {
  /** Whether a turn waits for the end of the one before it. */
  readonly closedLoop: boolean;
  /** A session that is silent for longer is forgotten: what comes under its name then is a new one. Seconds of simulated time. */
  readonly idleSeconds: number;
  /** Tokens that all prompts begin with. */
  readonly systemTokens: number;
}

/** A closed loop: each user thinks, sends, waits for the end, and thinks again. */
interface UsersTraffic {
  readonly kind: "users";
  readonly name: string;
  /** Users over time, straight lines through points. */
  readonly users: readonly (readonly [seconds: number, users: number])[];
  /** From the end of a request (with sessions: of a session) to the next, seconds. */
  readonly thinkSeconds: DistributionConfig;
  /** Added after a request that was lost, or that ended the moment it was sent, seconds > 0. */
  readonly pauseAfterLossSeconds: number;
  readonly lengths: LengthsConfig;
  /** Users hold conversations; absent: every request stands for itself. */
  readonly session?: SessionConfig;
}

/**
 * Reads a trace file block by block. Given by the caller, because files do not exist in a library.
 * `read` returns the next piece of text of about `maxCharacters`, or "" at the end.
 */
export interface TraceReader {
  read(maxCharacters: number): string;
}

/** Opens a trace from its beginning; called again for each run and each restore. */
export type OpenTrace = (file: string) => TraceReader;
