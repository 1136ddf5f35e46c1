import { createStreams, type TraceRow } from "@replicast/sim-core";
import { Burstiness, type Dispersion } from "./dispersion.ts";
import { PrefixCounter, type PrefixSharing } from "./prefix-sharing.ts";
import { rankCorrelation } from "./rank-correlation.ts";
import { TokenCounts } from "./token-counts.ts";
import type { TraceFlow, TraceFormat } from "./trace-flow.ts";

/** Mean and quantiles of token counts. */
export interface LengthSummary {
  readonly mean: number;
  readonly p1: number;
  readonly p5: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** A name with its requests. */
export interface Share {
  readonly name: string;
  readonly requests: number;
  /** Part of all requests, 0…1. */
  readonly share: number;
}

/** What a trace is like. */
export interface TraceSummary {
  readonly format: TraceFormat;
  readonly requests: number;
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  readonly rate: {
    /** Requests over the time from the first to the last; 0 when there is none. */
    readonly meanPerSecond: number;
    /** Of the busiest minute, counted from the first request. */
    readonly peakMinutePerSecond: number;
    /** Requests per second in so many equal parts of the trace. */
    readonly profilePerSecond: readonly number[];
  };
  readonly burstiness: { readonly gapCv: number | null; readonly dispersion: readonly Dispersion[] };
  readonly promptTokens: LengthSummary;
  readonly outputTokens: LengthSummary;
  /** Spearman's, of 4,096 requests drawn evenly. */
  readonly rankCorrelation: number | null;
  readonly sessions?: {
    readonly count: number;
    readonly requests: number;
    readonly meanTurns: number;
    readonly p95Turns: number;
    readonly maxTurns: number;
  };
  readonly prefix?: PrefixSharing;
  /** Largest first. */
  readonly tenants?: readonly Share[];
  readonly models?: readonly Share[];
}

const SAMPLE_MAX = 4096;
const SECONDS_PER_MINUTE = 60;
const PROFILE_PARTS_MAX = 48;

/** Reads a flow to its end. Memory grows with its minutes, and with the names of sessions and the ids of prompts where it has them. */
export async function summarizeFlow(flow: TraceFlow): Promise<TraceSummary> {
  const summarizer = new Summarizer();
  for await (const batch of flow.batches) for (const row of batch) summarizer.add(row);
  return { format: flow.format, ...summarizer.result() };
}

class Summarizer {
  readonly #burstiness = new Burstiness();
  readonly #prompt = new TokenCounts();
  readonly #output = new TokenCounts();
  readonly #prefix = new PrefixCounter();
  readonly #sessions = new Map<string, number>();
  readonly #tenants = new Map<string, number>();
  readonly #models = new Map<string, number>();
  readonly #minutes: number[] = [];
  readonly #sample: [number, number][] = [];
  readonly #stream = createStreams("trace").get("sample");
  #first = 0;
  #last = 0;

  add(row: TraceRow): void {
    const { seconds, promptTokens, outputTokens } = row;
    const count = this.#prompt.count;
    if (count === 0) this.#first = seconds;
    this.#last = seconds;
    this.#burstiness.add(seconds);
    const minute = Math.floor((seconds - this.#first) / SECONDS_PER_MINUTE);
    while (this.#minutes.length <= minute) this.#minutes.push(0);
    this.#minutes[minute] = (this.#minutes[minute] as number) + 1;
    const place = count < SAMPLE_MAX ? count : Math.floor(this.#stream.uniform() * (count + 1));
    if (place < SAMPLE_MAX) this.#sample[place] = [promptTokens, outputTokens];
    this.#prompt.add(promptTokens);
    this.#output.add(outputTokens);
    if (row.hashIds !== undefined) this.#prefix.add(row.hashIds);
    if (row.session !== undefined) countName(this.#sessions, row.session);
    if (row.tenant !== undefined) countName(this.#tenants, row.tenant);
    if (row.model !== undefined) countName(this.#models, row.model);
  }

  result(): Omit<TraceSummary, "format"> {
    const requests = this.#prompt.count;
    const spanSeconds = this.#last - this.#first;
    const prefix = this.#prefix.result();
    return {
      requests,
      firstSeconds: this.#first,
      lastSeconds: this.#last,
      rate: {
        meanPerSecond: spanSeconds > 0 ? requests / spanSeconds : 0,
        peakMinutePerSecond: this.#minutes.reduce((most, count) => Math.max(most, count), 0) / SECONDS_PER_MINUTE,
        profilePerSecond: profileOf(this.#minutes, spanSeconds),
      },
      burstiness: { gapCv: this.#burstiness.gapCv, dispersion: this.#burstiness.dispersion },
      promptTokens: lengthSummary(this.#prompt),
      outputTokens: lengthSummary(this.#output),
      rankCorrelation: rankCorrelation(this.#sample),
      ...(this.#sessions.size === 0 ? {} : { sessions: sessionSummary(this.#sessions) }),
      ...(prefix === undefined ? {} : { prefix }),
      ...(this.#tenants.size === 0 ? {} : { tenants: sharesOf(this.#tenants, requests) }),
      ...(this.#models.size === 0 ? {} : { models: sharesOf(this.#models, requests) }),
    };
  }
}

function countName(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function sharesOf(counts: ReadonlyMap<string, number>, requests: number): readonly Share[] {
  // a Map keeps the order of appearance, and sorting keeps it among equals
  return [...counts].map(([name, count]) => ({ name, requests: count, share: count / requests })).sort((a, b) => b.requests - a.requests);
}

/** Whole minutes are put together; the last part is as long as what is left of the trace. */
function profileOf(minutes: readonly number[], spanSeconds: number): readonly number[] {
  const minutesPerPart = Math.max(1, Math.ceil(minutes.length / PROFILE_PARTS_MAX));
  const parts: number[] = [];
  for (let at = 0; at < minutes.length; at += minutesPerPart) {
    const count = minutes.slice(at, at + minutesPerPart).reduce((sum, each) => sum + each, 0);
    const seconds = Math.min(minutesPerPart * SECONDS_PER_MINUTE, spanSeconds - at * SECONDS_PER_MINUTE);
    // a last part of less than a minute would be a guess
    if (at === 0 || seconds >= SECONDS_PER_MINUTE) parts.push(seconds > 0 ? count / seconds : 0);
  }
  return parts;
}

function lengthSummary(counts: TokenCounts): LengthSummary {
  const [p1, p5, p50, p95, p99, max] = counts.quantiles([0.01, 0.05, 0.5, 0.95, 0.99, 1]) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { mean: counts.mean, p1, p5, p50, p95, p99, max };
}

function sessionSummary(sessions: ReadonlyMap<string, number>): NonNullable<TraceSummary["sessions"]> {
  const turns = new TokenCounts();
  let requests = 0;
  for (const count of sessions.values()) {
    turns.add(count);
    requests += count;
  }
  const [p95Turns = 0, maxTurns = 0] = turns.quantiles([0.95, 1]);
  return { count: sessions.size, requests, meanTurns: requests / sessions.size, p95Turns, maxTurns };
}
