import type { Held, HoldCause } from "../../scaling/policy.ts";
import type { BlameCause } from "./causes.ts";

/** What a controller decided, as far as blame needs it. */
export interface DecisionView {
  readonly timeSeconds: number;
  readonly timer: string;
  readonly desiredReplicas: number;
  readonly sampleAgeSeconds?: number;
  readonly held?: Held;
}

/** What is known of how a deployment is scaled. */
export interface DecisionContext {
  /** In order of time. */
  readonly decisions: readonly DecisionView[];
  /** Firings without a decision, in order of time. */
  readonly undecidedSeconds: readonly number[];
  readonly scrapeIntervalSeconds: number;
}

const SHORTAGE: Readonly<Record<HoldCause, BlameCause>> = {
  tolerance: "tolerance",
  stabilization: "stabilization",
  rate: "rate",
  max: "max",
  min: "min",
  cooldown: "cooldown",
  metric: "metric",
  paused: "paused",
  fixed: "max",
  forecast: "forecast",
};
const SURPLUS: Readonly<Record<HoldCause, BlameCause>> = { ...SHORTAGE, fixed: "min" };

/** Goes through a run's decisions once, and says at each time which of them kept the next replica from being asked for, or from being let go. */
export class DecisionReader {
  private readonly context: DecisionContext;
  private next = 0;
  private nextUndecided = 0;
  private undecidedSeconds = Number.NEGATIVE_INFINITY;
  /** The latest of each timer. */
  private readonly latest = new Map<string, DecisionView>();
  /** The newest sample that any decision so far rests on. */
  private seenSeconds = Number.NEGATIVE_INFINITY;

  constructor(context: DecisionContext) {
    this.context = context;
  }

  /** Takes note of what was decided up to a time; times must not go back. @returns whether anything was */
  advanceTo(timeSeconds: number): boolean {
    const before = this.next + this.nextUndecided;
    const { decisions, undecidedSeconds } = this.context;
    for (let view = decisions[this.next]; view !== undefined && view.timeSeconds <= timeSeconds; view = decisions[this.next]) {
      this.latest.set(view.timer, view);
      this.seenSeconds = Math.max(this.seenSeconds, view.timeSeconds - (view.sampleAgeSeconds ?? 0));
      this.next++;
    }
    for (let at = undecidedSeconds[this.nextUndecided]; at !== undefined && at <= timeSeconds; at = undecidedSeconds[this.nextUndecided]) {
      this.undecidedSeconds = at;
      this.nextUndecided++;
    }
    return this.next + this.nextUndecided > before;
  }

  /** Why the `replicas`-th replica, which the load has asked for since `sinceSeconds`, is not on its way at `timeSeconds`. */
  shortage(replicas: number, sinceSeconds: number, timeSeconds: number): BlameCause {
    const held = this.heldFrom((by) => by.wanted === undefined || by.wanted >= replicas);
    if (held !== undefined && held !== "forecast") return SHORTAGE[held];
    if (this.seenSeconds < sinceSeconds && held === undefined) return this.unseen(sinceSeconds, timeSeconds);
    return held === undefined ? "rule" : SHORTAGE[held];
  }

  /** Why the `replicas`-th replica, which the load has not asked for since `sinceSeconds`, is still there at `timeSeconds`. */
  surplus(replicas: number, sinceSeconds: number, timeSeconds: number): BlameCause {
    const held = this.heldFrom((by) => by.wanted === undefined || by.wanted < replicas);
    if (held !== undefined) return SURPLUS[held];
    return this.seenSeconds < sinceSeconds ? this.unseen(sinceSeconds, timeSeconds) : "headroom";
  }

  /** The newest of the timers' latest decisions that is held in this way. */
  private heldFrom(isInTheWay: (held: Held) => boolean): HoldCause | undefined {
    let found: DecisionView | undefined;
    for (const view of this.latest.values()) {
      if (view.held === undefined || !isInTheWay(view.held)) continue;
      if (found === undefined || view.timeSeconds > found.timeSeconds) found = view;
    }
    return found?.held?.by;
  }

  private unseen(sinceSeconds: number, timeSeconds: number): BlameCause {
    const { scrapeIntervalSeconds } = this.context;
    const scrapedSeconds = Math.ceil(sinceSeconds / scrapeIntervalSeconds) * scrapeIntervalSeconds;
    if (timeSeconds < scrapedSeconds) return "scrape";
    if (this.undecidedSeconds >= scrapedSeconds) return "metric";
    for (const { timeSeconds: lookedSeconds, sampleAgeSeconds } of this.latest.values()) {
      if (lookedSeconds <= scrapedSeconds || sampleAgeSeconds === undefined) continue;
      // it looked after the scrape, and saw a sample from before: of a target whose turn comes later, or samples are late
      return sampleAgeSeconds <= scrapeIntervalSeconds ? "scrape" : "metric";
    }
    return "poll";
  }
}
