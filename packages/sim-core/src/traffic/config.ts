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

/** One stream of requests for one deployment. */
export type TrafficConfig =
  | (StreamMarks & {
      readonly kind: "generator";
      readonly name: string;
      readonly deployment: string;
      readonly arrivals: ArrivalsConfig;
      readonly lengths: LengthsConfig;
      readonly surges: readonly SurgeConfig[];
    })
  | (StreamMarks & {
      readonly kind: "trace";
      readonly name: string;
      readonly deployment: string;
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
    });

/**
 * Reads a trace file block by block. Given by the caller, because files do not exist in a library.
 * `read` returns the next piece of text of about `maxCharacters`, or "" at the end.
 */
export interface TraceReader {
  read(maxCharacters: number): string;
}

/** Opens a trace from its beginning; called again for each run and each restore. */
export type OpenTrace = (file: string) => TraceReader;
