import { fateIndex, REQUEST_FATES, type RequestFate } from "../domain/request.ts";
import { countBelow, LogHistogram, type LogHistogramState } from "./log-histogram.ts";
import { MinuteLatency } from "./minute-latency.ts";
import { PROMPT_RANGES, promptRangeOf } from "./prompt-ranges.ts";
import { QualityRecord } from "./quality-record.ts";
import { ViolatedSpans, type ViolatedSpansState } from "./violated-spans.ts";

export type RecordedLatency = "ttft" | "tpot" | "itl" | "e2e" | "queue";
export const RECORDED_LATENCIES: readonly RecordedLatency[] = ["ttft", "tpot", "itl", "e2e", "queue"];

/** A bound whose keeping is counted while the run goes on. */
export interface RecordedObjective {
  readonly metric: RecordedLatency;
  readonly thresholdSeconds: number;
}

interface PlacedObjective extends RecordedObjective {
  readonly index: number;
  /** Position of the metric in {@link RECORDED_LATENCIES}. */
  readonly latency: number;
}

export interface RecorderConfig {
  readonly durationSeconds: number;
  readonly deployments: number;
  readonly objectives: readonly RecordedObjective[];
}

/** How one request ended, as the score counts it. NaN where it does not apply. */
export interface EndedRequest {
  fate: RequestFate;
  deployment: number;
  arrivalSeconds: number;
  endSeconds: number;
  ttftSeconds: number;
  e2eSeconds: number;
  queueSeconds: number;
  promptTokens: number;
  outputTokens: number;
}

/** What is kept per deployment. */
export class DeploymentRecord {
  readonly arrivals: Float64Array;
  readonly violations: Float64Array;
  readonly ttft: MinuteLatency;
  /** Offered work per second of the run, in requests of mean work. */
  readonly offeredWork: Float64Array;
  readonly gatewayQueueDepth: Float64Array;
  readonly waiting: Float64Array;
  readonly running: Float64Array;
  readonly kvCacheUtilization: Float64Array;
  /** By fate. */
  readonly requests: Float64Array = new Float64Array(REQUEST_FATES.length);
  /** Requests that missed an objective, by when and how long. */
  readonly violatedSpans: ViolatedSpans = new ViolatedSpans();
  /** Requests counted for at least one objective. */
  countedRequests = 0;

  constructor(durationSeconds: number) {
    const minutes = Math.ceil(durationSeconds / 60);
    this.arrivals = new Float64Array(minutes);
    this.violations = new Float64Array(minutes);
    this.ttft = new MinuteLatency(minutes);
    this.offeredWork = new Float64Array(Math.ceil(durationSeconds));
    this.gatewayQueueDepth = new Float64Array(minutes);
    this.waiting = new Float64Array(minutes);
    this.running = new Float64Array(minutes);
    this.kvCacheUtilization = new Float64Array(minutes);
  }
}

export interface RecorderState {
  readonly columns: readonly Float64Array[];
  readonly minuteLatencies: readonly Uint32Array[];
  readonly histograms: readonly LogHistogramState[];
  readonly violatedSpans: readonly ViolatedSpansState[];
  readonly numbers: readonly number[];
}

/**
 * The raw facts of a run, as counts: what the score is made of. Its size follows the length of the run, never the
 * number of requests.
 */
export class Recorder {
  readonly deployments: readonly DeploymentRecord[];
  readonly latency: Readonly<Record<RecordedLatency, LogHistogram>>;
  /** TTFT of completed requests, by the range their prompt falls into. */
  readonly ttftByPrompt: readonly LogHistogram[] = PROMPT_RANGES.map(() => new LogHistogram());
  /** Per objective: counted and good requests (for ITL: gaps). */
  readonly counted: Float64Array;
  readonly good: Float64Array;
  /** Per objective and minute of arrival: `objective × minutes + minute`. */
  readonly countedByMinute: Float64Array;
  readonly goodByMinute: Float64Array;
  readonly requests: Float64Array = new Float64Array(REQUEST_FATES.length);
  readonly attempts: Float64Array = new Float64Array(REQUEST_FATES.length);
  /** Whether answers do, where anybody asks. */
  readonly quality: QualityRecord;
  readonly minutes: number;
  arrivedRequests = 0;
  arrivedAttempts = 0;
  outputTokens = 0;
  promptTokens = 0;
  wastedTokens = 0;
  /** Requests, all rejected, that named a model nobody serves. */
  unknownModels = 0;
  /** Requests counted for at least one objective; those of them that missed none, and those that ended well at all. */
  countedRequests = 0;
  goodRequests = 0;
  /** Those judged gap by gap, and those judged request by request; each with its place among all. */
  private readonly gapObjectives: readonly PlacedObjective[];
  private readonly requestObjectives: readonly PlacedObjective[];
  /** Of the request that has just completed, in the order of {@link RECORDED_LATENCIES}; NaN where it has none. */
  private readonly latencies = new Float64Array(RECORDED_LATENCIES.length).fill(Number.NaN);

  constructor(config: RecorderConfig) {
    const objectives = config.objectives.map((objective, index) => ({
      ...objective,
      index,
      latency: RECORDED_LATENCIES.indexOf(objective.metric),
    }));
    this.gapObjectives = objectives.filter(({ metric }) => metric === "itl");
    this.requestObjectives = objectives.filter(({ metric }) => metric !== "itl");
    this.minutes = Math.ceil(config.durationSeconds / 60);
    this.deployments = Array.from({ length: config.deployments }, () => new DeploymentRecord(config.durationSeconds));
    this.latency = {
      ttft: new LogHistogram(),
      tpot: new LogHistogram(),
      itl: new LogHistogram(),
      e2e: new LogHistogram(),
      queue: new LogHistogram(),
    };
    this.quality = new QualityRecord(config.deployments);
    this.counted = new Float64Array(config.objectives.length);
    this.good = new Float64Array(config.objectives.length);
    this.countedByMinute = new Float64Array(config.objectives.length * this.minutes);
    this.goodByMinute = new Float64Array(config.objectives.length * this.minutes);
  }

  arrived(deployment: number, timeSeconds: number, promptTokens: number, work: number): void {
    const record = this.deployments[deployment] as DeploymentRecord;
    this.arrivedRequests++;
    this.promptTokens += promptTokens;
    increase(record.arrivals, Math.floor(timeSeconds / 60), 1);
    increase(record.offeredWork, Math.floor(timeSeconds), work);
  }

  /** Counts a request that was rejected before any deployment saw it, as it names a model that nobody serves. */
  turnedAway(arrivalSeconds: number, promptTokens: number, outputTokens: number): void {
    this.arrivedRequests++;
    this.arrivedAttempts++;
    this.unknownModels++;
    this.promptTokens += promptTokens;
    this.attemptEnded("rejected");
    const never = { ttftSeconds: Number.NaN, e2eSeconds: Number.NaN, queueSeconds: Number.NaN };
    const request = { fate: "rejected", deployment: -1, arrivalSeconds, endSeconds: arrivalSeconds, promptTokens, outputTokens } as const;
    this.ended({ ...request, ...never });
  }

  /** A request that arrived is work for another deployment too. */
  offered(deployment: number, timeSeconds: number, work: number): void {
    increase((this.deployments[deployment] as DeploymentRecord).offeredWork, Math.floor(timeSeconds), work);
  }

  attemptEnded(fate: RequestFate): void {
    increase(this.attempts, fateIndex(fate), 1);
  }

  gaps(first: number, growth: number, steps: number, sequences: number): void {
    this.latency.itl.addSeries(first, growth, steps, sequences);
    if (this.gapObjectives.length > 0) this.judgeGaps(first, growth, steps, sequences);
  }

  private judgeGaps(first: number, growth: number, steps: number, sequences: number): void {
    for (const { index, thresholdSeconds } of this.gapObjectives) {
      increase(this.counted, index, steps * sequences);
      increase(this.good, index, sequences * (steps - countAbove(thresholdSeconds, first, growth, steps)));
    }
  }

  /**
   * Counts a request that has ended, or (fate `inFlight`) that has not when the run does.
   * @returns when the span ended in which it was late, from its arrival on; −1: it missed no objective
   */
  ended(request: EndedRequest): number {
    increase(this.requests, fateIndex(request.fate), 1);
    const record = this.deployments[request.deployment];
    const minute = Math.floor(request.arrivalSeconds / 60);
    if (record !== undefined) increase(record.requests, fateIndex(request.fate), 1);
    if (record !== undefined && request.fate === "completed") {
      this.recordLatencies(record, request, minute);
      return this.judgeCompleted(record, request, minute);
    }
    return this.judge(record, request, minute) ? request.endSeconds : -1;
  }

  private recordLatencies(record: DeploymentRecord, request: EndedRequest, minute: number): void {
    const { latency, latencies } = this;
    const { ttftSeconds, e2eSeconds, queueSeconds, outputTokens } = request;
    const tpotSeconds = outputTokens > 1 ? (e2eSeconds - ttftSeconds) / (outputTokens - 1) : Number.NaN;
    const bucket = latency.ttft.add(ttftSeconds);
    record.ttft.add(minute, bucket);
    (this.ttftByPrompt[promptRangeOf(request.promptTokens)] as LogHistogram).addTo(bucket, ttftSeconds);
    latency.e2e.add(e2eSeconds);
    latency.queue.add(queueSeconds);
    if (outputTokens > 1) latency.tpot.add(tpotSeconds);
    this.outputTokens += outputTokens;
    // in the order of RECORDED_LATENCIES
    latencies[0] = ttftSeconds;
    latencies[1] = tpotSeconds;
    latencies[3] = e2eSeconds;
    latencies[4] = queueSeconds;
  }

  private judgeCompleted(record: DeploymentRecord, request: EndedRequest, minute: number): number {
    const { requestObjectives, latencies } = this;
    let lateSeconds = -1;
    for (let i = 0; i < requestObjectives.length; i++) {
      const { index, metric, latency, thresholdSeconds } = requestObjectives[i] as PlacedObjective;
      const seconds = latencies[latency] as number;
      if (Number.isNaN(seconds)) continue;
      const isPast = seconds > thresholdSeconds;
      this.countFor(index, minute, !isPast);
      // a first token, or an admission, is late until it comes; an answer until it ends
      if (isPast) lateSeconds = Math.max(lateSeconds, metric === "ttft" || metric === "queue" ? seconds : request.e2eSeconds);
    }
    this.countRequest(record, minute, lateSeconds >= 0);
    return lateSeconds < 0 ? -1 : request.arrivalSeconds + lateSeconds;
  }

  /**
   * Lost requests miss every objective; those that left or are still under way only the ones they were already past.
   * @returns whether it missed any
   */
  private judge(record: DeploymentRecord | undefined, request: EndedRequest, minute: number): boolean {
    const isLost = request.fate === "rejected" || request.fate === "timedOut" || request.fate === "cutOff";
    let isCounted = isLost;
    for (const { index, metric, thresholdSeconds } of this.requestObjectives) {
      if (!isLost && !(latencySoFar(metric, request) > thresholdSeconds)) continue;
      this.countFor(index, minute, false);
      isCounted = true;
    }
    if (isCounted) this.countRequest(record, minute, true);
    return isCounted;
  }

  private countFor(objective: number, minute: number, isGood: boolean): void {
    const cell = objective * this.minutes + minute;
    increase(this.counted, objective, 1);
    increase(this.countedByMinute, cell, 1);
    if (!isGood) return;
    increase(this.good, objective, 1);
    increase(this.goodByMinute, cell, 1);
  }

  /** @param record of its deployment; undefined: no deployment saw it */
  private countRequest(record: DeploymentRecord | undefined, minute: number, isBad: boolean): void {
    this.countedRequests++;
    if (record !== undefined) record.countedRequests++;
    if (!isBad) this.goodRequests++;
    else if (record !== undefined) increase(record.violations, minute, 1);
  }

  save(): RecorderState {
    return {
      columns: this.columns().map((column) => column.slice()),
      minuteLatencies: this.deployments.map((record) => record.ttft.counts.slice()),
      histograms: [...RECORDED_LATENCIES.map((name) => this.latency[name]), ...this.ttftByPrompt].map((histogram) => histogram.save()),
      violatedSpans: this.deployments.map((record) => record.violatedSpans.save()),
      numbers: [...NUMBERS.map((name) => this[name]), ...this.deployments.map((record) => record.countedRequests)],
    };
  }

  restore(state: RecorderState): void {
    this.columns().forEach((column, i) => {
      column.set(state.columns[i] as Float64Array);
    });
    this.deployments.forEach((record, i) => {
      record.ttft.counts.set(state.minuteLatencies[i] as Uint32Array);
      record.violatedSpans.restore(state.violatedSpans[i] as ViolatedSpansState);
      record.countedRequests = state.numbers[NUMBERS.length + i] as number;
    });
    [...RECORDED_LATENCIES.map((name) => this.latency[name]), ...this.ttftByPrompt].forEach((histogram, i) => {
      histogram.restore(state.histograms[i] as LogHistogramState);
    });
    NUMBERS.forEach((name, i) => {
      this[name] = state.numbers[i] as number;
    });
  }

  private columns(): readonly Float64Array[] {
    return [
      this.counted,
      this.good,
      this.countedByMinute,
      this.goodByMinute,
      this.requests,
      this.attempts,
      ...this.quality.columns,
      ...this.deployments.flatMap((record) => [
        record.requests,
        record.arrivals,
        record.violations,
        record.offeredWork,
        record.gatewayQueueDepth,
        record.waiting,
        record.running,
        record.kvCacheUtilization,
      ]),
    ];
  }
}

const NUMBERS = [
  "arrivedRequests",
  "arrivedAttempts",
  "outputTokens",
  "promptTokens",
  "wastedTokens",
  "unknownModels",
  "countedRequests",
  "goodRequests",
] as const;

function increase(column: Float64Array, index: number, by: number): void {
  column[index] = (column[index] as number) + by;
}

/** Of a request that has not completed: the latency it has, or what it is already sure to exceed. */
function latencySoFar(metric: RecordedLatency, request: EndedRequest): number {
  const ageSeconds = request.endSeconds - request.arrivalSeconds;
  switch (metric) {
    case "ttft":
      return Number.isNaN(request.ttftSeconds) ? ageSeconds : request.ttftSeconds;
    case "e2e":
      return ageSeconds;
    case "queue":
      return Number.isNaN(request.queueSeconds) ? ageSeconds : request.queueSeconds;
    case "tpot":
      if (request.outputTokens <= 1 || Number.isNaN(request.ttftSeconds)) return Number.NaN;
      return (ageSeconds - request.ttftSeconds) / (request.outputTokens - 1);
    case "itl":
      return Number.NaN;
  }
}

/** How many of the series exceed a limit. */
function countAbove(limit: number, first: number, growth: number, steps: number): number {
  let upTo = countBelow(limit, first, growth, steps);
  while (upTo < steps && first + growth * upTo === limit) upTo++;
  return steps - upTo;
}
