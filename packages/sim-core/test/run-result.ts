import type { DeploymentResult, FateCounts, LatencySummary, RunResult } from "../src/score/result.ts";

/** A latency summary of the given values (seconds), each in a bucket of its own. */
export function summaryOf(values: readonly number[]): LatencySummary {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number | null => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
  return {
    count: sorted.length,
    meanSeconds: sorted.length === 0 ? null : sorted.reduce((sum, value) => sum + value, 0) / sorted.length,
    minSeconds: at(0),
    maxSeconds: at(1),
    p50Seconds: at(0.5),
    p90Seconds: at(0.9),
    p95Seconds: at(0.95),
    p99Seconds: at(0.99),
    buckets: sorted.map((value) => [value, 1]),
  };
}

const fates = (completed: number, lost: number): FateCounts => ({
  arrived: completed + lost,
  completed,
  rejected: lost,
  timedOut: 0,
  cutOff: 0,
  cancelled: 0,
  inFlight: 0,
});

/** A run result with small round figures; `changes` replace its top-level parts. */
export function runResult(changes: Partial<RunResult> = {}): RunResult {
  const latency = summaryOf([0.1, 0.2, 0.3, 0.4]);
  return {
    schema: "replicast/run-result/v1",
    version: "0.0.0",
    scenario: {
      name: "tiny",
      description: "",
      hash: "0",
      seed: "1",
      startEpochSeconds: 0,
      timeZone: "UTC",
      startOffsetSeconds: 0,
      durationSeconds: 3600,
    },
    policy: "fixed",
    controllers: [],
    requests: fates(95, 5),
    attempts: fates(95, 5),
    lostRequests: 5,
    unknownModelRequests: 0,
    cutOffAttempts: 0,
    wastedTokens: 0,
    outputTokens: 10_000,
    promptTokens: 50_000,
    preemptions: 0,
    prefixCache: { queriedTokens: 0, hitTokens: 0, hitShare: null },
    latency: { ttft: latency, tpot: latency, itl: latency, e2e: latency, queue: summaryOf([]) },
    ttftByPrompt: [{ fromTokens: 0, toTokens: 256, ttft: latency }],
    streams: [],
    refusedRetries: 0,
    slo: {
      objectives: [],
      attainment: 0.95,
      counted: 100,
      violations: 5,
      violationMinutes: 2,
      minutesWithArrivals: 60,
      errorBudgetUsed: 1,
      goodputRequestsPerSecond: 95 / 3600,
      met: true,
    },
    cost: {
      billUsd: 10,
      monthlyUsd: 7300,
      equationUsd: 7000,
      runHours: 1,
      byStateUsd: { needed: 6, buffer: 2, starting: 1, interrupted: 0, draining: 0, unallocated: 1 },
      equation: [],
      ledger: [],
      billedGpuMicroseconds: "14400000000",
      perMillionOutputTokensUsd: 1000,
      perGoodRequestUsd: 10 / 95,
      wastedTokensUsd: 0.2,
      extra: {},
    },
    deployments: [deployment("chat", 2, 3), deployment("code", 1, 4)],
    decisions: [],
    undecided: {},
    pods: [],
    nodes: [],
    derived: {},
    thresholds: [],
    thresholdsPassed: true,
    assumptions: [],
    engine: { steps: 1, events: 1 },
    ...changes,
  };
}

function deployment(name: string, replicasMean: number, replicasMax: number): DeploymentResult {
  return {
    name,
    requests: fates(50, 0),
    attainment: 1,
    gpusPerReplica: 4,
    capacityPerReplica: [],
    required: [],
    desired: [],
    existing: [],
    ready: [],
    perMinute: {
      arrivals: [],
      violations: [],
      ttftP95Seconds: [],
      gatewayQueueDepth: [],
      waiting: [],
      running: [],
      kvCacheUtilization: [],
    },
    replicasMean,
    replicasMax,
    scaleUps: 1,
    scaleDowns: 0,
    preemptions: 0,
    coldStartSecondsMean: null,
  };
}
