import type {
  BlameResult,
  ComparisonResult,
  DecisionRecord,
  DeploymentResult,
  EquationRow,
  FateCounts,
  ForecastResult,
  LatencySummary,
  LedgerState,
  ObjectiveResult,
  PodRecord,
  PodStage,
  RunResult,
  SloObjective,
  StepSeries,
} from "@replicast/sim-core";

/** Shape of an invented comparison. */
export interface FixtureOptions {
  readonly policies?: readonly string[];
  readonly hours?: number;
  readonly scenarioName?: string;
  readonly deployments?: readonly string[];
  /** Seconds between changes of required(t); small ones make huge series. */
  readonly requiredStepSeconds?: number;
  readonly decisionPeriodSeconds?: number;
}

const OBJECTIVES: readonly SloObjective[] = [
  { metric: "ttft", thresholdSeconds: 2, target: 0.95 },
  { metric: "tpot", thresholdSeconds: 0.08, target: 0.95 },
];
const NOTHING: LatencySummary = {
  count: 0,
  meanSeconds: null,
  minSeconds: null,
  maxSeconds: null,
  p50Seconds: null,
  p90Seconds: null,
  p95Seconds: null,
  p99Seconds: null,
  buckets: [],
};
const GPUS = 4;
const GPU_PRICE_USD = 3.5;
const PODS_AT_START = 3;

/** A comparison that hangs together (series, ledger, bill, equation), made without a simulator and the same at every call. */
export function fixture(options: FixtureOptions = {}): ComparisonResult {
  const names = options.policies ?? ["fixed-8", "hpa-gpu-util", "keda-queue", "schedule", "forecast"];
  const runs = names.map((name, index) => run(name, index, options));
  const ranking = [...runs]
    .sort((a, b) => Number(b.slo.met) - Number(a.slo.met) || a.cost.monthlyUsd - b.cost.monthlyUsd)
    .map(({ policy }) => policy);
  const best = runs.find(({ policy }) => policy === ranking[0]);
  return {
    schema: "replicast/comparison/v1",
    version: "0.1.0",
    scenario: scenario(options),
    slo: { objectives: OBJECTIVES },
    thresholdPolicy: names[names.length - 1] ?? null,
    runs,
    ranking,
    passed: true,
    verdict: `${best?.policy} meets every objective at $${Math.round(best?.cost.monthlyUsd ?? 0)} a month, the least of ${names.length} policies.`,
    assumptions: [
      "GPU price of 3.50 $/h is the list price of the preset.",
      "Answer lengths come from the trace; the client does not stop early.",
    ],
  };
}

function scenario(options: FixtureOptions): RunResult["scenario"] {
  return {
    name: options.scenarioName ?? "chat-business-day",
    description: "A working day of chat traffic on one 70B-class model.",
    hash: "9f3c2b7a11d04e55",
    seed: "42",
    startEpochSeconds: 1_793_574_000,
    timeZone: "Europe/Berlin",
    startOffsetSeconds: 3600,
    durationSeconds: (options.hours ?? 24) * 3600,
  };
}

/** A small generator of its own, so that the fixture needs nothing else. @see Numerical Recipes, 2nd ed., section 7.1 (ranqd1) */
function randomOf(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** Replicas the load requires at a moment: quiet nights, a morning ramp, a lunch dip, an afternoon peak. */
function requiredAt(seconds: number, random: () => number): number {
  const hour = (seconds / 3600) % 24;
  const bell = (centre: number, width: number): number => Math.exp(-(((hour - centre) / width) ** 2));
  return Math.max(1, Math.round(1 + 5 * bell(10.5, 2) + 6 * bell(15, 2.6) + (random() - 0.5) * 1.2));
}

function stepsFrom(durationSeconds: number, periodSeconds: number, at: (seconds: number) => number): StepSeries {
  const steps: (readonly [number, number])[] = [];
  for (let index = 0; index * periodSeconds < durationSeconds; index++) {
    const value = at(index * periodSeconds);
    if (steps.at(-1)?.[1] !== value) steps.push([index * periodSeconds, value]);
  }
  return steps;
}

interface Style {
  /** Seconds by which the policy sees the load late; negative: early. */
  readonly lagSeconds: number;
  readonly spare: number;
  readonly fixed?: number;
}

const STYLES: readonly Style[] = [
  { lagSeconds: 0, spare: 0, fixed: 8 },
  { lagSeconds: 420, spare: 0 },
  { lagSeconds: 150, spare: 0 },
  { lagSeconds: -600, spare: 2 },
  { lagSeconds: -180, spare: 1 },
];

function run(policy: string, index: number, options: FixtureOptions): RunResult {
  const meta = scenario(options);
  const style = STYLES[index % STYLES.length] ?? { lagSeconds: 0, spare: 0 };
  const random = randomOf(index + 17);
  const deployments = (options.deployments ?? ["llama-70b"]).map((name) => deployment(name, meta.durationSeconds, style, options));
  const decisions = deployments.flatMap((each) => decisionsOf(each, meta.durationSeconds, options));
  const arrived = deployments.reduce((total, each) => total + each.perMinute.arrivals.reduce((a, b) => a + b, 0), 0);
  const violations = deployments.reduce((total, each) => total + each.perMinute.violations.reduce((a, b) => a + b, 0), 0);
  const requests = fates(arrived, Math.floor(violations / 4));
  const cost = costOf(deployments, meta.durationSeconds);
  const lostRequests = requests.rejected + requests.timedOut + requests.cutOff;
  const attainment = arrived === 0 ? null : (arrived - violations) / arrived;
  const met = attainment !== null && attainment >= 0.95;
  return {
    schema: "replicast/run-result/v1",
    version: "0.1.0",
    scenario: meta,
    policy,
    controllers: deployments.map(({ name }) => ({ deployment: name, kind: policy.split("-")[0] ?? policy })),
    requests,
    attempts: { ...requests, arrived: arrived + lostRequests, rejected: requests.rejected + lostRequests },
    lostRequests,
    unknownModelRequests: 0,
    cutOffAttempts: requests.cutOff,
    wastedTokens: requests.cutOff * 180,
    outputTokens: arrived * 211,
    promptTokens: arrived * 1020,
    preemptions: index * 3,
    prefixCache: { queriedTokens: 0, hitTokens: 0, hitShare: null },
    latency: {
      ttft: latency(random, 0.18, 1 + index * 0.2, arrived),
      tpot: latency(random, 0.028, 0.35, arrived),
      itl: latency(random, 0.026, 0.5, arrived * 20),
      e2e: latency(random, 5.2, 0.8, arrived),
      queue: latency(random, 0.02, 1.6, arrived),
    },
    ttftByPrompt: [
      { fromTokens: 0, toTokens: 256, ttft: latency(random, 0.12, 1, arrived * 0.3) },
      { fromTokens: 256, toTokens: 1024, ttft: latency(random, 0.18, 1 + index * 0.2, arrived * 0.5) },
      { fromTokens: 1024, toTokens: 4096, ttft: latency(random, 0.4, 1 + index * 0.2, arrived * 0.2) },
      { fromTokens: 4096, toTokens: 16_384, ttft: NOTHING },
      { fromTokens: 16_384, toTokens: null, ttft: NOTHING },
    ],
    streams: deployments.map(({ name }) => ({
      name,
      deployment: name,
      sent: arrived,
      delayed: index === 1 ? 12 : 0,
      delaySecondsMean: index === 1 ? 0.4 : null,
      delaySecondsMax: index === 1 ? 3 : null,
      unsent: index === 1 ? 2 : 0,
    })),
    refusedRetries: 0,
    slo: {
      objectives: OBJECTIVES.map(
        (objective): ObjectiveResult => ({ ...objective, counted: arrived, good: arrived - violations, attainment, met }),
      ),
      attainment,
      counted: arrived,
      violations,
      violationMinutes: deployments.reduce((total, each) => total + each.perMinute.violations.filter((n) => n > 2).length, 0),
      minutesWithArrivals: Math.ceil(meta.durationSeconds / 60),
      errorBudgetUsed: attainment === null ? null : (1 - attainment) / 0.05,
      goodputRequestsPerSecond: (arrived - violations) / meta.durationSeconds,
      met,
    },
    cost,
    deployments,
    decisions,
    forecasts: policy === "forecast" ? deployments.map((each) => forecastOf(each, meta.durationSeconds)) : [],
    undecided: index === 1 ? { FailedGetMetric: 4 } : {},
    pods: deployments.flatMap((each) => podsOf(each, meta.durationSeconds, random)),
    nodes: [],
    blame: blame(deployments, violations, cost.byStateUsd.buffer),
    derived: { costPerUser: cost.monthlyUsd / 4000 },
    thresholds: [
      {
        metric: "ttft",
        aggregation: "p(95)",
        op: "<",
        value: 2,
        text: "p(95)<2s",
        actual: 1.2 + index * 0.3,
        passed: 1.2 + index * 0.3 < 2,
      },
      {
        metric: "cost.monthlyUsd",
        aggregation: "value",
        op: "<",
        value: 80000,
        text: "<80000",
        actual: cost.monthlyUsd,
        passed: cost.monthlyUsd < 80000,
      },
    ],
    thresholdsPassed: 1.2 + index * 0.3 < 2 && cost.monthlyUsd < 80000,
    assumptions: [],
    engine: { steps: arrived * 90, events: arrived * 12 },
  };
}

/** Three quarters of the late requests waited for the image, of the idle dollars all but a tenth for the minimum. */
function blame(deployments: readonly DeploymentResult[], violations: number, bufferUsd: number): BlameResult {
  const deployment = deployments[0]?.name ?? null;
  const pulled = Math.ceil(0.75 * violations);
  const rows = [
    { deployment, cause: "pull", shortageSeconds: 320, violations: pulled, idleUsd: 0 },
    { deployment, cause: "routing", shortageSeconds: 0, violations: violations - pulled, idleUsd: 0 },
    { deployment, cause: "min", shortageSeconds: 0, violations: 0, idleUsd: 0.9 * bufferUsd },
    { deployment, cause: "stabilization", shortageSeconds: 0, violations: 0, idleUsd: 0.1 * bufferUsd },
  ] as const;
  return { rows, violations, unexplained: 0, idleUsd: bufferUsd };
}

function deployment(name: string, durationSeconds: number, style: Style, options: FixtureOptions): DeploymentResult {
  const noise = randomOf(name.length + 3);
  const required = stepsFrom(durationSeconds, options.requiredStepSeconds ?? 300, (seconds) => requiredAt(seconds, noise));
  const steady = (seconds: number): number => requiredAt(seconds, () => 0.5);
  const wanted = (seconds: number): number => style.fixed ?? steady(Math.max(0, seconds - style.lagSeconds)) + style.spare;
  const desired = stepsFrom(durationSeconds, 15, wanted);
  const existing = stepsFrom(durationSeconds, 15, (seconds) => wanted(Math.max(0, seconds - 15)));
  const ready = stepsFrom(durationSeconds, 15, (seconds) => Math.min(wanted(seconds), wanted(Math.max(0, seconds - 180))));
  const minutes = Array.from({ length: Math.ceil(durationSeconds / 60) }, (_, minute) => minute);
  const readyAt = (minute: number): number => Math.min(wanted(minute * 60), wanted(Math.max(0, minute * 60 - 180)));
  const shortage = minutes.map((minute) => Math.max(0, steady(minute * 60) - readyAt(minute)) / steady(minute * 60));
  const arrivals = minutes.map((minute) => Math.round(steady(minute * 60) * 55 + noise() * 30));
  const arrived = arrivals.reduce((sum, count) => sum + count, 0);
  const ups = existing.filter(([, value], index) => index > 0 && value > (existing[index - 1]?.[1] ?? 0));
  return {
    name,
    requests: { arrived, completed: arrived, rejected: 0, timedOut: 0, cutOff: 0, cancelled: 0, inFlight: 0 },
    attainment: 1,
    gpusPerReplica: GPUS,
    capacityPerReplica: [
      { replicas: 1, requestsPerSecond: 1.1 },
      { replicas: 2, requestsPerSecond: 1.18 },
      { replicas: 4, requestsPerSecond: 1.22 },
    ],
    required,
    desired,
    existing,
    ready,
    perMinute: {
      arrivals,
      violations: minutes.map((minute) => Math.round((arrivals[minute] ?? 0) * Math.min(1, (shortage[minute] ?? 0) * 1.4))),
      ttftP95Seconds: minutes.map((minute) => (minute % 97 === 13 ? null : 0.4 + 18 * (shortage[minute] ?? 0) + 0.2 * noise())),
      gatewayQueueDepth: shortage.map((share) => Math.round(share * 160)),
      waiting: shortage.map((share) => Math.round(share * 30)),
      running: arrivals.map((count) => Math.round(count / 6)),
      kvCacheUtilization: shortage.map((share) => Math.min(1, 0.4 + share)),
    },
    replicasMean: meanOf(existing, durationSeconds),
    replicasMax: Math.max(...existing.map(([, value]) => value)),
    scaleUps: ups.length,
    scaleDowns: Math.max(0, existing.length - 1 - ups.length),
    preemptions: 3,
    coldStartSecondsMean: ups.length === 0 ? null : 171.5,
  };
}

function meanOf(series: StepSeries, durationSeconds: number): number {
  let area = 0;
  series.forEach(([seconds, value], index) => {
    area += value * ((series[index + 1]?.[0] ?? durationSeconds) - seconds);
  });
  return area / durationSeconds;
}

function fates(arrived: number, lost: number): FateCounts {
  const parts = {
    rejected: Math.floor(lost / 2),
    timedOut: Math.floor(lost / 3),
    cutOff: Math.floor(lost / 20),
    cancelled: Math.floor(lost / 10),
    inFlight: Math.min(7, arrived),
  };
  const others = Object.values(parts).reduce((a, b) => a + b, 0);
  return { arrived, completed: Math.max(0, arrived - others), ...parts };
}

function latency(random: () => number, median: number, spread: number, count: number): LatencySummary {
  const buckets: (readonly [number, number])[] = [];
  for (let index = -150; index <= 200; index++) {
    const upper = median * 1.02 ** index;
    const share = Math.exp(-((Math.log(upper / median) / spread) ** 2) / 2);
    const inBucket = Math.round((share * count) / (spread * 125) + random());
    if (inBucket > 0) buckets.push([upper, inBucket]);
  }
  const total = buckets.reduce((sum, [, n]) => sum + n, 0);
  const quantile = (q: number): number | null => {
    let seen = 0;
    for (const [upper, n] of buckets) {
      seen += n;
      if (seen >= q * total) return upper;
    }
    return null;
  };
  return {
    count: total,
    meanSeconds: median * 1.3,
    minSeconds: buckets[0]?.[0] ?? null,
    maxSeconds: buckets.at(-1)?.[0] ?? null,
    p50Seconds: quantile(0.5),
    p90Seconds: quantile(0.9),
    p95Seconds: quantile(0.95),
    p99Seconds: quantile(0.99),
    buckets,
  };
}

function costOf(deployments: readonly DeploymentResult[], durationSeconds: number): RunResult["cost"] {
  const hours = durationSeconds / 3600;
  const total: Record<LedgerState, number> = { needed: 0, buffer: 0, starting: 0, interrupted: 0, draining: 0, unallocated: 0 };
  const equation: EquationRow[] = [];
  const ledger: RunResult["cost"]["ledger"][number][] = [];
  const replicaPrice = GPUS * GPU_PRICE_USD;
  for (const each of deployments) {
    const needed = Math.min(each.replicasMean, meanOf(each.required, durationSeconds));
    const buffer = Math.max(0, meanOf(each.ready, durationSeconds) - needed);
    const hoursOf = {
      needed: needed * hours,
      buffer: buffer * hours,
      starting: each.scaleUps * 0.048,
      interrupted: 0.1,
      draining: each.scaleDowns * 0.02,
      unallocated: 0.08 * each.replicasMean * hours,
    };
    const gpuMicroseconds: Partial<Record<LedgerState, string>> = {};
    for (const state of Object.keys(hoursOf) as LedgerState[]) {
      total[state] += hoursOf[state] * replicaPrice;
      gpuMicroseconds[state] = String(Math.round(hoursOf[state] * GPUS * 3.6e9));
    }
    ledger.push({
      deployment: each.name,
      nodePool: "h100",
      priceClass: "onDemand",
      pricePerGpuHourUsd: GPU_PRICE_USD,
      gpuMicroseconds: gpuMicroseconds as Record<LedgerState, string>,
      unallocatedMicroseconds: { partlyUsed: gpuMicroseconds.unallocated ?? "0" },
    });
    const events = (each.scaleUps * 730) / hours;
    equation.push({
      deployment: each.name,
      nodePool: "h100",
      replicaPricePerHourUsd: replicaPrice,
      averageConcurrentReplicas: needed,
      scaleUpEventsPerMonth: events,
      modelLoadHours: each.scaleUps === 0 ? 0 : 0.048,
      overprovisioningBufferReplicas: buffer,
      replicasTermUsd: needed * replicaPrice * 730,
      scaleUpsTermUsd: events * 0.048 * replicaPrice,
      bufferTermUsd: buffer * replicaPrice * 730,
    });
  }
  const billUsd = Object.values(total).reduce((a, b) => a + b, 0);
  return {
    billUsd,
    monthlyUsd: (billUsd * 730) / hours,
    runHours: hours,
    byStateUsd: total,
    equation,
    ledger,
    equationUsd: equation.reduce((sum, row) => sum + row.replicasTermUsd + row.scaleUpsTermUsd + row.bufferTermUsd, 0),
    billedGpuMicroseconds: String(Math.round((billUsd / GPU_PRICE_USD) * 3.6e9)),
    perMillionOutputTokensUsd: 4.1,
    perGoodRequestUsd: 0.0023,
    extra: { egress: 412.5 },
  };
}

/** A forecast five minutes ahead that lags as much, a sample a minute. */
function forecastOf(each: DeploymentResult, durationSeconds: number): ForecastResult {
  const rateAt = (seconds: number): number => (each.perMinute.arrivals[Math.max(0, Math.floor(seconds / 60))] ?? 0) / 60;
  return {
    deployment: each.name,
    member: null,
    model: "holtWinters",
    seasonSeconds: 86_400,
    intervalQuantile: 0.9,
    horizonSecondsMean: 300,
    errors: {
      count: 100,
      learning: 0,
      mape: 0.14,
      wape: 0.12,
      biasPerSecond: -0.02,
      pinballLoss: 0.035,
      coverage: 0.81,
      lastValueWape: 0.2,
    },
    points: Array.from({ length: Math.floor(durationSeconds / 60) }, (_, minute) => {
      const rate = rateAt(minute * 60);
      return [minute * 60, rate, 300, rate, rate * 0.8, rate * 1.3];
    }),
  };
}

function decisionsOf(each: DeploymentResult, durationSeconds: number, options: FixtureOptions): readonly DecisionRecord[] {
  const decisions: DecisionRecord[] = [];
  const period = options.decisionPeriodSeconds ?? 15;
  const at = (series: StepSeries, seconds: number): number => series.findLast(([from]) => from <= seconds)?.[1] ?? PODS_AT_START;
  for (let index = 0; index * period < durationSeconds; index++) {
    const seconds = index * period;
    const specReplicas = at(each.desired, seconds - period);
    const desiredReplicas = at(each.desired, seconds);
    decisions.push({
      timeSeconds: seconds,
      deployment: each.name,
      timer: "sync",
      specReplicas,
      desiredReplicas,
      readyReplicas: at(each.ready, seconds),
      reason:
        desiredReplicas > specReplicas ? "SucceededRescale" : desiredReplicas < specReplicas ? "ScaleDownStabilized" : "WithinTolerance",
      evidence: { metric: "vllm:num_requests_waiting", value: Math.round(seconds % 37) / 2, target: 8, ageSeconds: 7.5 },
    });
  }
  return decisions;
}

function podsOf(each: DeploymentResult, durationSeconds: number, random: () => number): readonly PodRecord[] {
  const pods: PodRecord[] = [];
  each.existing.forEach(([seconds, value], index) => {
    const before = each.existing[index - 1]?.[1] ?? 0;
    for (let extra = before; extra < value; extra++) {
      const load = 90 + random() * 60;
      const stages: (readonly [number, PodStage])[] =
        index === 0
          ? [[0, "Ready"]]
          : [
              [seconds, "Scheduled"],
              [seconds + 2, "Pulling"],
              [seconds + 20, "Loading"],
              [seconds + 20 + load, "WarmingUp"],
              [seconds + 35 + load, "Ready"],
            ];
      const parts: NonNullable<PodRecord["parts"]> = [
        [seconds, "bind"],
        [seconds + 2, "pull"],
        [seconds + 20, "load"],
        [seconds + 20 + load, "warmUp"],
        [seconds + 35 + load, "endpoints"],
        [seconds + 37 + load, "routable"],
      ];
      pods.push({
        name: `${each.name}-${pods.length}`,
        deployment: each.name,
        nodePool: "h100",
        node: `h100-${pods.length}`,
        stages: stages.filter(([at]) => at < durationSeconds),
        ...(index === 0 ? {} : { parts: parts.filter(([at]) => at < durationSeconds) }),
        cause: null,
      });
    }
  });
  return pods;
}
