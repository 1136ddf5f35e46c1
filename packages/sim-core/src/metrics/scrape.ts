import { BATCH_METRICS, type BatchSample, createBatchSample, MODEL_VERSION } from "./batch-metrics.ts";
import { ITL_BUCKETS, REQUEST_BUCKETS, TTFT_BUCKETS } from "./catalogue.ts";
import { BucketHistogram } from "./histogram.ts";
import { type PodStatus, PodStatusSeries } from "./pod-status.ts";
import { createPoolSample, type PoolLabels, type PoolSample, poolMetrics } from "./pool-metrics.ts";
import type { Series, SeriesStore } from "./series-store.ts";

/** What a pod's endpoint shows, filled in place. */
export interface PodSample {
  running: number;
  waiting: number;
  kvCacheUtilization: number;
  preemptions: number;
  prefixQueriedTokens: number;
  prefixHitTokens: number;
  promptTokens: number;
  generationTokens: number;
  completed: number;
  gpuUtilizationPercent: number;
  /** Left as it is by servers that do not serve whole-request batches. */
  readonly batches: BatchSample;
}

/** What a gateway and its deployment show. */
export interface DeploymentSample {
  arrivals: number;
  promptTokens: number;
  queueDepth: number;
  inFlight: number;
  rejected: number;
  specReplicas: number;
  statusReplicas: number;
  readyReplicas: number;
  /** Pods of the deployment, looked at only where {@link DeploymentSample.wantsPods} says so. */
  pods: readonly PodStatus[];
  wantsPods: boolean;
  /** Filled only for deployments behind an inference gateway. */
  readonly pool: PoolSample;
}

/** A gateway and its deployment, as a target of scrapes. */
export interface GatewayTarget {
  readonly namespace: string;
  readonly name: string;
  /** Present for an inference gateway. */
  readonly pool?: PoolLabels;
}

/** A pod's vLLM histograms, kept only when somebody reads them. */
export class PodHistograms {
  readonly ttft: BucketHistogram = new BucketHistogram(TTFT_BUCKETS);
  readonly itl: BucketHistogram = new BucketHistogram(ITL_BUCKETS);
  readonly e2e: BucketHistogram = new BucketHistogram(REQUEST_BUCKETS);
  readonly queue: BucketHistogram = new BucketHistogram(REQUEST_BUCKETS);
}

const HISTOGRAMS: readonly (readonly [keyof PodHistograms, string])[] = [
  ["ttft", "vllm:time_to_first_token_seconds"],
  ["itl", "vllm:inter_token_latency_seconds"],
  ["e2e", "vllm:e2e_request_latency_seconds"],
  ["queue", "vllm:request_queue_time_seconds"],
];

const POD_METRICS: readonly (readonly [string, (sample: PodSample) => number])[] = [
  ["vllm:num_requests_running", (sample) => sample.running],
  ["vllm:num_requests_waiting", (sample) => sample.waiting],
  ["vllm:kv_cache_usage_perc", (sample) => sample.kvCacheUtilization],
  ["vllm:gpu_cache_usage_perc", (sample) => sample.kvCacheUtilization],
  ["vllm:num_preemptions_total", (sample) => sample.preemptions],
  ["vllm:prefix_cache_queries_total", (sample) => sample.prefixQueriedTokens],
  ["vllm:prefix_cache_hits_total", (sample) => sample.prefixHitTokens],
  ["vllm:prompt_tokens_total", (sample) => sample.promptTokens],
  ["vllm:generation_tokens_total", (sample) => sample.generationTokens],
  ["vllm:request_success_total", (sample) => sample.completed],
];

const BATCH_READINGS: typeof POD_METRICS = BATCH_METRICS.map(
  ({ definition, read }) => [definition.name, ({ batches }) => read(batches)] as const,
);

const DEPLOYMENT_METRICS: readonly (readonly [string, (sample: DeploymentSample) => number])[] = [
  ["gateway_requests_total", (sample) => sample.arrivals],
  ["gateway_prompt_tokens_total", (sample) => sample.promptTokens],
  ["gateway_queue_depth", (sample) => sample.queueDepth],
  ["gateway_requests_in_flight", (sample) => sample.inFlight],
  ["gateway_rejected_total", (sample) => sample.rejected],
  ["kube_deployment_spec_replicas", (sample) => sample.specReplicas],
  ["kube_deployment_status_replicas", (sample) => sample.statusReplicas],
  ["kube_deployment_status_replicas_ready", (sample) => sample.readyReplicas],
];

interface Reading<Sample> {
  readonly series: Series;
  readonly read: (sample: Sample) => number;
}

interface HistogramSeries {
  readonly histogram: keyof PodHistograms;
  readonly buckets: readonly Series[];
  readonly sum: Series;
  readonly count: Series;
}

interface PodTarget {
  readonly labels: TargetLabels;
  readonly readings: readonly Reading<PodSample>[];
  readonly histograms: readonly HistogramSeries[];
  readonly up: Series | undefined;
  isUp: boolean;
}

export interface TargetLabels {
  readonly namespace: string;
  readonly pod: string;
  readonly model: string;
  /** It exports the metrics of whole-request batches, too. */
  readonly isBatchServer?: true;
}

export interface ScraperState {
  readonly pods: readonly { readonly pod: number; readonly labels: TargetLabels; readonly isUp: boolean }[];
  /** Series of pods that are gone, which end at their next scrape. */
  readonly gone: readonly { readonly pod: number; readonly series: readonly Readonly<Record<string, string>>[] }[];
  /** Pods with series of their status, by deployment. */
  readonly statuses: readonly (readonly string[])[];
}

/** Reads pods and gateways into the store, at the times the caller says. Only series that somebody reads are written. */
export class Scraper {
  private readonly store: SeriesStore;
  private readonly isRead: (name: string) => boolean;
  private readonly pods = new Map<number, PodTarget>();
  private deployments: readonly Reading<DeploymentSample>[][];
  private readonly podStatuses: readonly PodStatusSeries[];
  private readonly targets: readonly GatewayTarget[];
  private readonly gone = new Map<number, readonly Series[]>();

  constructor(store: SeriesStore, deployments: readonly GatewayTarget[], isRead: (name: string) => boolean) {
    this.store = store;
    this.isRead = isRead;
    this.targets = deployments;
    this.deployments = this.deploymentReadings();
    this.podStatuses = deployments.map(({ namespace }) => new PodStatusSeries(store, namespace, isRead));
  }

  /** Whether any pod histogram is read. */
  get readsHistograms(): boolean {
    return HISTOGRAMS.some(([, name]) => this.isHistogramRead(name));
  }

  /** A container with an exporter runs; it is scraped from now on. */
  addPod(pod: number, target: TargetLabels): void {
    if (this.pods.has(pod)) return;
    const { namespace, pod: name, model } = target;
    const labels = { namespace, pod: name, model_name: model };
    const gpu = { namespace, pod: name };
    const batches = target.isBatchServer === true ? BATCH_READINGS : [];
    const gpuMetrics: typeof POD_METRICS = [["DCGM_FI_DEV_GPU_UTIL", (sample) => sample.gpuUtilizationPercent]];
    this.pods.set(pod, {
      labels: target,
      readings: [
        ...readings(this.store, POD_METRICS, this.isRead, labels),
        ...readings(this.store, batches, this.isRead, { ...gpu, model, version: MODEL_VERSION }),
        ...readings(this.store, gpuMetrics, this.isRead, gpu),
      ],
      histograms: HISTOGRAMS.filter(([, name_]) => this.isHistogramRead(name_)).map(([histogram, name_]) =>
        this.histogramSeries(histogram, name_, labels),
      ),
      up: this.isRead("up") ? this.store.series({ __name__: "up", ...gpu }) : undefined,
      isUp: true,
    });
  }

  /** The target is gone: its series end at the next scrape. */
  removePod(pod: number): void {
    const target = this.pods.get(pod);
    if (target === undefined) return;
    this.gone.set(pod, [...seriesOf(target), ...(target.up === undefined ? [] : [target.up])]);
    this.pods.delete(pod);
  }

  /**
   * One scrape of everything.
   * @param readPod fills the sample; false: the endpoint does not answer
   */
  scrape(
    nowSeconds: number,
    readPod: (pod: number, into: PodSample, histograms: PodHistograms | undefined) => boolean,
    readDeployment: (deployment: number, into: DeploymentSample) => void,
  ): void {
    const { store } = this;
    for (const pod of this.gone.keys()) this.endPod(pod, nowSeconds);
    for (const [pod, target] of this.pods) this.scrapePod(pod, target, nowSeconds, readPod);
    for (let deployment = 0; deployment < this.deployments.length; deployment++)
      this.scrapeDeployment(deployment, nowSeconds, readDeployment);
    store.forgetEnded(nowSeconds);
  }

  /** One scrape of one pod. The first after it is gone ends its series; false: it is no target any more. */
  scrapeOnePod(
    pod: number,
    nowSeconds: number,
    readPod: (pod: number, into: PodSample, histograms: PodHistograms | undefined) => boolean,
  ): boolean {
    const target = this.pods.get(pod);
    if (target === undefined) this.endPod(pod, nowSeconds);
    else this.scrapePod(pod, target, nowSeconds, readPod);
    this.store.forgetEnded(nowSeconds);
    return target !== undefined;
  }

  /** One scrape of one gateway and its deployment. */
  scrapeDeployment(deployment: number, nowSeconds: number, readDeployment: (deployment: number, into: DeploymentSample) => void): void {
    const targets = this.deployments[deployment] as readonly Reading<DeploymentSample>[];
    const statuses = this.podStatuses[deployment] as PodStatusSeries;
    if (targets.length === 0 && !statuses.isWanted) return;
    this.deploymentSample.wantsPods = statuses.isWanted;
    readDeployment(deployment, this.deploymentSample);
    for (const { series, read } of targets) this.store.append(series, nowSeconds, read(this.deploymentSample));
    if (statuses.isWanted) statuses.write(nowSeconds, this.deploymentSample.pods);
  }

  private endPod(pod: number, nowSeconds: number): void {
    for (const series of this.gone.get(pod) ?? []) this.store.endSeries(series, nowSeconds, true);
    this.gone.delete(pod);
  }

  /** The targets; their series are the store's to save. */
  save(): ScraperState {
    return {
      pods: [...this.pods].map(([pod, { labels, isUp }]) => ({ pod, labels, isUp })),
      gone: [...this.gone].map(([pod, series]) => ({ pod, series: series.map(({ labels }) => labels) })),
      statuses: this.podStatuses.map((statuses) => statuses.save()),
    };
  }

  /** To be called after the store was restored. */
  restore(state: ScraperState): void {
    this.pods.clear();
    this.deployments = this.deploymentReadings();
    for (const { pod, labels, isUp } of state.pods) {
      this.addPod(pod, labels);
      (this.pods.get(pod) as PodTarget).isUp = isUp;
    }
    this.podStatuses.forEach((statuses, i) => {
      statuses.restore(state.statuses[i] ?? []);
    });
    this.gone.clear();
    for (const { pod, series } of state.gone)
      this.gone.set(
        pod,
        series.map((labels) => this.store.series(labels)),
      );
  }

  private readonly podSample: PodSample = {
    running: 0,
    waiting: 0,
    kvCacheUtilization: 0,
    preemptions: 0,
    prefixQueriedTokens: 0,
    prefixHitTokens: 0,
    promptTokens: 0,
    generationTokens: 0,
    completed: 0,
    gpuUtilizationPercent: 0,
    batches: createBatchSample(),
  };
  private readonly deploymentSample: DeploymentSample = {
    arrivals: 0,
    promptTokens: 0,
    queueDepth: 0,
    inFlight: 0,
    rejected: 0,
    specReplicas: 0,
    statusReplicas: 0,
    readyReplicas: 0,
    pods: [],
    wantsPods: false,
    pool: createPoolSample(),
  };
  private readonly scratch = new PodHistograms();

  private scrapePod(
    pod: number,
    target: PodTarget,
    nowSeconds: number,
    readPod: (pod: number, into: PodSample, histograms: PodHistograms | undefined) => boolean,
  ): void {
    const { store } = this;
    const answered = readPod(pod, this.podSample, target.histograms.length > 0 ? this.scratch : undefined);
    if (target.up !== undefined) store.append(target.up, nowSeconds, answered ? 1 : 0);
    if (!answered) {
      // the first failed scrape ends every series of the target; they begin again when it answers
      if (target.isUp) for (const series of seriesOf(target)) store.endSeries(series, nowSeconds, false);
      target.isUp = false;
      return;
    }
    target.isUp = true;
    for (const { series, read } of target.readings) store.append(series, nowSeconds, read(this.podSample));
    for (const { histogram, buckets, sum, count } of target.histograms) {
      const { counts, sum: total } = this.scratch[histogram];
      let upTo = 0;
      for (let i = 0; i < buckets.length; i++) {
        upTo += counts[i] as number;
        store.append(buckets[i] as Series, nowSeconds, upTo);
      }
      store.append(sum, nowSeconds, total);
      store.append(count, nowSeconds, upTo);
    }
  }

  private deploymentReadings(): Reading<DeploymentSample>[][] {
    return this.targets.map((target) => {
      const { namespace, name } = target;
      const gateway = readings(this.store, DEPLOYMENT_METRICS, this.isRead, { namespace, deployment: name });
      const pool = poolMetrics(target).filter(([metric]) => this.isRead(metric));
      return [
        ...gateway,
        ...pool.map(([metric, labels, read]) => ({
          series: this.store.series({ __name__: metric, ...labels }),
          read: (sample: DeploymentSample) => read(sample.pool),
        })),
      ];
    });
  }

  private histogramSeries(histogram: keyof PodHistograms, name: string, labels: Readonly<Record<string, string>>): HistogramSeries {
    const { bounds } = this.scratch[histogram];
    const bucket = (le: string): Series => this.store.series({ __name__: `${name}_bucket`, ...labels, le });
    return {
      histogram,
      buckets: [...bounds.map((bound) => bucket(leOf(bound))), bucket("+Inf")],
      sum: this.store.series({ __name__: `${name}_sum`, ...labels }),
      count: this.store.series({ __name__: `${name}_count`, ...labels }),
    };
  }

  private isHistogramRead(name: string): boolean {
    return ["_bucket", "_sum", "_count"].some((suffix) => this.isRead(name + suffix));
  }
}

function readings<Sample>(
  store: SeriesStore,
  metrics: readonly (readonly [string, (sample: Sample) => number])[],
  isRead: (name: string) => boolean,
  labels: Readonly<Record<string, string>>,
): Reading<Sample>[] {
  return metrics.filter(([name]) => isRead(name)).map(([name, read]) => ({ series: store.series({ __name__: name, ...labels }), read }));
}

function seriesOf(target: PodTarget): readonly Series[] {
  return [
    ...target.readings.map(({ series }) => series),
    ...target.histograms.flatMap(({ buckets, sum, count }) => [...buckets, sum, count]),
  ];
}

/** As Prometheus 3 normalises bucket bounds: a whole number gets ".0". */
function leOf(bound: number): string {
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}
