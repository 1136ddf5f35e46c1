/**
 * How long a server of `n` requests takes. `2025`: prefill γ + δ·in·n, one token α + β·n. `2026`: one iteration
 * T(n) = α + n·(β·(in + out)/(out + 1) + γ·(in + out/2)). Milliseconds.
 * @see llm-d-incubation/workload-variant-autoscaler pkg/analyzer, October 2025; llm-d/llm-d-workload-variant-autoscaler, February 2026
 */
export type ServiceParameters =
  | { readonly form: "2025"; readonly alpha: number; readonly beta: number; readonly gamma: number; readonly delta: number }
  | { readonly form: "2026"; readonly alpha: number; readonly beta: number; readonly gamma: number };

export interface QueueConfig {
  readonly parameters: ServiceParameters;
  readonly maxBatchSize: number;
  readonly maxQueueSize: number;
  readonly avgInputTokens: number;
  readonly avgOutputTokens: number;
}

/** A server at an arrival rate. Times in milliseconds, rates in requests per second. */
export interface QueueMetrics {
  readonly throughput: number;
  readonly avgRespTime: number;
  readonly avgWaitTime: number;
  readonly avgNumInServ: number;
  readonly avgPrefillTime: number;
  readonly avgTokenTime: number;
  readonly avgTTFT: number;
  readonly rho: number;
}

/** 0: no target. Milliseconds, tokens per second. */
export interface SizeTargets {
  readonly targetTTFT: number;
  readonly targetITL: number;
  readonly targetTPS: number;
}

/** Largest rates that meet each target, requests per second, and the server at the smallest of them. */
export interface SizeResult {
  readonly rateTTFT: number;
  readonly rateITL: number;
  readonly rateTPS: number;
  readonly metrics: QueueMetrics;
}

const MILLISECONDS = 1000;
/** The range of rates in which the queue is called stable. @see pkg/analyzer, Epsilon */
const EPSILON = 0.001;
/** Share of the largest rate that a throughput target may use. @see pkg/analyzer, StabilitySafetyFraction */
const STABILITY_SAFETY_FRACTION = 0.1;
/** @see pkg/analyzer, BinarySearch */
const SEARCH_STEPS = 100;
const SEARCH_TOLERANCE = 1e-6;
/** The real code keeps rates in single precision; a rate at the very limit is inside or outside by the last bit. */
const single = Math.fround;
/** Weights are scaled down beyond this, so that no product of ratios leaves the range of numbers. */
const LARGE = 1e200;

/** A queue in front of a server whose speed depends on how many requests it holds: a birth–death chain. */
export interface QueueAnalyzer {
  /** Stable range, requests per second. */
  readonly rateMin: number;
  readonly rateMax: number;
  /** @returns undefined outside of 0 < rate ≤ rateMax */
  readonly analyze: (ratePerSecond: number) => QueueMetrics | undefined;
  /** @returns undefined when a target is out of reach at any rate */
  readonly size: (targets: SizeTargets) => SizeResult | undefined;
}

export function createQueueAnalyzer(config: QueueConfig): QueueAnalyzer {
  const service = serviceOf(config);
  const rates = Float64Array.from({ length: config.maxBatchSize }, (_, n) => single((n + 1) / service.milliseconds(n + 1)));
  const rateMin = single(single((rates[0] as number) * single(EPSILON)) * MILLISECONDS);
  const rateMax = single(single((rates[config.maxBatchSize - 1] as number) * single(1 - EPSILON)) * MILLISECONDS);
  const analyze = (ratePerSecond: number): QueueMetrics | undefined =>
    ratePerSecond > 0 && single(ratePerSecond) <= rateMax ? metricsOf(config, service, rates, ratePerSecond / MILLISECONDS) : undefined;
  const at = (rate: number): QueueMetrics => metricsOf(config, service, rates, rate / MILLISECONDS);
  return {
    rateMin,
    rateMax,
    analyze,
    size({ targetTTFT, targetITL, targetTPS }) {
      const rateTTFT = targetTTFT > 0 ? search(rateMin, rateMax, targetTTFT, (rate) => at(rate).avgTTFT) : rateMax;
      const rateITL = targetITL > 0 ? search(rateMin, rateMax, targetITL, (rate) => at(rate).avgTokenTime) : rateMax;
      if (rateTTFT === undefined || rateITL === undefined) return undefined;
      const rateTPS = targetTPS > 0 ? rateMax * (1 - STABILITY_SAFETY_FRACTION) : rateMax;
      return { rateTTFT, rateITL, rateTPS, metrics: at(Math.min(rateTTFT, rateITL, rateTPS)) };
    },
  };
}

interface Averages {
  readonly avgPrefillTime: number;
  readonly avgTokenTime: number;
}

/** How long a batch of n takes, and how its time is told apart. Milliseconds. */
interface ServiceTimes {
  readonly milliseconds: (n: number) => number;
  readonly averages: (serviceTime: number, inService: number) => Averages;
  /** Whether the time to the first token holds one decode beside the prefill. */
  readonly firstTokenDecodes: boolean;
}

function serviceOf({ parameters, ...config }: QueueConfig): ServiceTimes {
  return parameters.form === "2025" ? service2025(parameters, config) : service2026(parameters, config);
}

type Mix = Omit<QueueConfig, "parameters">;

/** The batch that would take the mean service time stands for all; γ counts there even for requests without a prompt. */
function service2025(
  { alpha, beta, gamma, delta }: Extract<ServiceParameters, { form: "2025" }>,
  { avgInputTokens: input, avgOutputTokens: output, maxBatchSize }: Mix,
): ServiceTimes {
  const prefill = (n: number): number => (input === 0 ? 0 : gamma + delta * input * n);
  const decode = (n: number): number => alpha + beta * n;
  const decodes = input === 0 && output === 1 ? 1 : output - 1;
  const perRequest = delta * input + beta * (output - 1);
  return {
    milliseconds(n) {
      const prompt = input === 0 ? 0 : single(single(gamma) + single(single(single(delta) * input) * n));
      const token = single(single(alpha) + single(single(beta) * n));
      return single(prompt + single(decodes * token));
    },
    averages(serviceTime) {
      // without a prompt and with one token this divides by 0, which ends at one of the limits, as there
      const batch = (serviceTime - gamma - alpha * (output - 1)) / perRequest;
      const effective = Math.min(Math.max(batch, 0), maxBatchSize);
      return { avgPrefillTime: prefill(effective), avgTokenTime: decode(effective) };
    },
    firstTokenDecodes: false,
  };
}

/** The mean batch has its prefill; what is left of the service time is shared by the tokens. */
function service2026(
  { alpha, beta, gamma }: Extract<ServiceParameters, { form: "2026" }>,
  { avgInputTokens: input, avgOutputTokens: output }: Mix,
): ServiceTimes {
  const memory = gamma * (input + output / 2);
  const iteration = (n: number): number => alpha + n * (beta * ((input + output) / (output + 1)) + memory);
  const prefill = (n: number): number => (input === 0 ? 0 : iteration(n) + (beta + gamma) * input);
  return {
    milliseconds(n) {
      const [a, b, c] = [single(alpha), single(beta), single(gamma)];
      const memoryTime = single(c * single(input + single(output / 2)));
      const step = single(a + single(n * single(single(b * single(single(input + output) / single(output + 1))) + memoryTime)));
      const prompt = input === 0 ? 0 : single(step + single(single(b + c) * input));
      return single(prompt + single(output * single(single(step + b) + memoryTime)));
    },
    averages(serviceTime, inService) {
      const avgPrefillTime = prefill(inService);
      return { avgPrefillTime, avgTokenTime: (serviceTime - avgPrefillTime) / output };
    },
    firstTokenDecodes: true,
  };
}

/** @param lambda - requests per millisecond */
function metricsOf(config: QueueConfig, service: ServiceTimes, rates: Float64Array, lambda: number): QueueMetrics {
  const { maxBatchSize: batch, maxQueueSize: queue } = config;
  const states = batch + queue;
  let weight = 1;
  let total = 1;
  let inSystem = 0;
  let inService = 0;
  for (let n = 1; n <= states; n++) {
    weight *= lambda / (rates[Math.min(n, batch) - 1] as number);
    total += weight;
    inSystem += n * weight;
    inService += Math.min(n, batch) * weight;
    if (total > LARGE) {
      weight /= LARGE;
      total /= LARGE;
      inSystem /= LARGE;
      inService /= LARGE;
    }
  }
  const throughput = lambda * (1 - weight / total);
  const avgNumInServ = inService / total;
  const avgRespTime = inSystem / total / throughput;
  const serviceTime = avgNumInServ / throughput;
  const avgWaitTime = Math.max(0, avgRespTime - serviceTime);
  const { avgPrefillTime, avgTokenTime } = service.averages(serviceTime, avgNumInServ);
  return {
    throughput: throughput * MILLISECONDS,
    avgRespTime,
    avgWaitTime,
    avgNumInServ,
    avgPrefillTime,
    avgTokenTime,
    avgTTFT: avgWaitTime + avgPrefillTime + (service.firstTokenDecodes ? avgTokenTime : 0),
    rho: avgNumInServ / batch,
  };
}

/**
 * The rate at which a monotone curve has its target; its upper end when the whole curve is on the good side. A curve that does not rise,
 * as with a batch of one, is taken for a falling one, and judged the other way round.
 *
 * @returns undefined when no rate reaches it. @see pkg/utils/search.go, BinarySearch
 */
function search(low: number, high: number, target: number, curve: (rate: number) => number): number | undefined {
  const isNear = (value: number): boolean => Math.abs(value - target) <= SEARCH_TOLERANCE * target;
  const [atLow, atHigh] = [curve(low), curve(high)];
  if (isNear(atLow)) return low;
  if (isNear(atHigh)) return high;
  // in single precision, as there: the last bits of a constant must not make it rise
  const rises = Math.fround(atLow) < Math.fround(atHigh);
  if (rises ? target < atLow : target > atLow) return undefined;
  if (rises ? target > atHigh : target < atHigh) return high;
  let [from, to] = [low, high];
  let middle = low;
  for (let step = 0; step < SEARCH_STEPS; step++) {
    middle = (from + to) / 2;
    const value = curve(middle);
    if (isNear(value)) break;
    if (rises ? target < value : target > value) to = middle;
    else from = middle;
  }
  return middle;
}
