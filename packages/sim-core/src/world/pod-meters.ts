import { BusyMeter } from "../metrics/busy-meter.ts";
import type { BucketHistogram } from "../metrics/histogram.ts";
import { PodHistograms, type PodSample } from "../metrics/scrape.ts";
import type { EngineConfig } from "../serving/config.ts";
import { createReplicaSample, type Replica, type ReplicaSample } from "../serving/replica.ts";

interface Meters {
  readonly histograms: PodHistograms | undefined;
  readonly busy: BusyMeter | undefined;
  completed: number;
}

interface HistogramState {
  readonly counts: Float64Array;
  readonly sum: number;
}

export interface PodMetersState {
  readonly pods: readonly {
    readonly pod: number;
    readonly completed: number;
    readonly histograms: readonly HistogramState[];
    readonly busy: readonly [boolean, readonly number[]] | null;
  }[];
}

const HISTOGRAM_NAMES = ["ttft", "itl", "e2e", "queue"] as const;

/** The counters of a pod's exporter that the engine does not keep itself; only those that somebody reads. */
export class PodMeters {
  private readonly pods = new Map<number, Meters>();
  /** Whether anybody reads what has to be counted request by request. */
  readonly countsRequests: boolean;
  readonly withHistograms: boolean;
  private readonly withBusy: boolean;
  private readonly sample: ReplicaSample = createReplicaSample();

  constructor(countsRequests: boolean, withHistograms: boolean, withBusy: boolean) {
    this.countsRequests = countsRequests || withHistograms;
    this.withHistograms = withHistograms;
    this.withBusy = withBusy;
  }

  /** A container starts to serve, for the first time or again: all its counters are zero. */
  add(pod: number): void {
    this.pods.set(pod, {
      histograms: this.withHistograms ? new PodHistograms() : undefined,
      busy: this.withBusy ? new BusyMeter() : undefined,
      completed: 0,
    });
  }

  remove(pod: number): void {
    this.pods.delete(pod);
  }

  firstToken(pod: number, ttftSeconds: number): void {
    if (this.withHistograms) this.pods.get(pod)?.histograms?.ttft.add(ttftSeconds);
  }

  completed(pod: number, e2eSeconds: number, queueSeconds: number): void {
    const meters = this.pods.get(pod);
    if (meters === undefined) return;
    meters.completed++;
    meters.histograms?.e2e.add(e2eSeconds);
    meters.histograms?.queue.add(queueSeconds);
  }

  gaps(pod: number, first: number, growth: number, steps: number, sequences: number): void {
    if (this.withHistograms) this.pods.get(pod)?.histograms?.itl.addSeries(first, growth, steps, sequences);
  }

  busy(pod: number, timeSeconds: number, isBusy: boolean): void {
    if (this.withBusy) this.pods.get(pod)?.busy?.changed(timeSeconds, isBusy);
  }

  /** What the pod's endpoint shows at a moment; derived, nothing is written back. */
  read(
    pod: number,
    replica: Replica,
    engine: EngineConfig,
    nowSeconds: number,
    into: PodSample,
    histograms: PodHistograms | undefined,
  ): void {
    const { sample } = this;
    const meters = this.pods.get(pod);
    replica.sample(nowSeconds, sample);
    replica.readBatchCounters?.(nowSeconds, into.batches);
    into.running = sample.running;
    into.waiting = sample.waiting;
    into.kvCacheUtilization = sample.usedBlocks / engine.kvBlocks;
    into.preemptions = sample.preemptions;
    into.prefixQueriedTokens = sample.prefixQueriedTokens;
    into.prefixHitTokens = sample.prefixHitTokens;
    into.promptTokens = sample.promptTokens;
    into.generationTokens = sample.generationTokens;
    into.completed = meters?.completed ?? 0;
    into.gpuUtilizationPercent = 100 * (meters?.busy?.share(nowSeconds) ?? 0);
    if (histograms === undefined || meters?.histograms === undefined) return;
    for (const name of HISTOGRAM_NAMES) histograms[name].copyFrom(meters.histograms[name]);
    if (sample.gapSteps > 0)
      histograms.itl.addSeries(sample.gapFirstSeconds, sample.gapGrowthSeconds, sample.gapSteps, sample.gapSequences);
  }

  save(): PodMetersState {
    const saved = (histogram: BucketHistogram): HistogramState => ({ counts: histogram.counts.slice(), sum: histogram.sum });
    return {
      pods: [...this.pods].map(([pod, { completed, histograms, busy }]) => ({
        pod,
        completed,
        histograms: histograms === undefined ? [] : HISTOGRAM_NAMES.map((name) => saved(histograms[name])),
        busy: busy === undefined ? null : busy.save(),
      })),
    };
  }

  restore(state: PodMetersState): void {
    this.pods.clear();
    for (const { pod, completed, histograms, busy } of state.pods) {
      this.add(pod);
      const meters = this.pods.get(pod) as Meters;
      meters.completed = completed;
      if (busy !== null) meters.busy?.restore(busy);
      histograms.forEach(({ counts, sum }, i) => {
        const histogram = meters.histograms?.[HISTOGRAM_NAMES[i] as (typeof HISTOGRAM_NAMES)[number]];
        histogram?.counts.set(counts);
        if (histogram !== undefined) histogram.sum = sum;
      });
    }
  }
}
