/**
 * What a scenario leaves out. Durations in seconds, sizes in bytes.
 * @see vLLM: --block-size 16, --enable-prefix-caching; its limits by GPU and version: {@link file://../serving/default-limits.ts}
 * @see Kubernetes: readiness period 10 s, terminationGracePeriodSeconds 30 s
 * @see cluster-autoscaler: --scan-interval 10 s, --scale-down-unneeded-time and --scale-down-delay-after-add 10 min
 */
export const DEFAULTS = {
  scenario: { start: "2026-01-05T00:00:00", timeZone: "UTC", seed: "1" },
  /** Of a GPU the scenario describes, bytes per second: PCIe 4 with 16 lanes, one direction. */
  linkBandwidth: 3.2e10,
  engine: {
    /** Stand in for defaults that an unknown version of vLLM would give, so that the rest of the scenario is checked all the same. */
    maxBatchedTokens: 2048,
    maxSequences: 128,
    gpuMemoryUtilization: 0.9,
    blockTokens: 16,
    maxModelTokens: 16_384,
    prefixCaching: true,
    /** First requests after start are slow (compilation of unseen shapes, cold caches): the P99 of the first 100 can be ten times that of the steady state. */
    warmUpFactor: 10,
    warmUpRequests: 100,
  },
  gateway: {
    maxQueued: 1000,
    queueTimeout: 60,
    maxInFlightPerReplica: Number.POSITIVE_INFINITY as number,
    /** Bounded loads: of the order of what HAProxy's hash-balance-factor documentation proposes (125–150 %). */
    prefixLoadFactor: 1.25,
    /** The llm-d router's default profile. */
    scorers: { queue: 2, kvCache: 2, prefix: 3 },
    /** The endpoint picker scrapes each endpoint every 50 ms. */
    staleness: 0.05,
    /** The llm-d router's utilization detector and flow control. */
    flowControl: { queueDepthThreshold: 5, kvCacheThreshold: 0.8, metricsMaxAge: 0.2, ttl: 60, maxQueued: 5000 },
  },
  client: {
    timeout: 300,
    patience: Number.POSITIVE_INFINITY as number,
    retries: 2,
    backoffBase: 1,
    backoffMax: 30,
    budgetWindow: 10,
    budgetFloor: 0,
  },
  /** Prompts of any length; a set-up within the 0.1–10 ms of RDMA connectors; the lease of vLLM's NIXL connector, kv_lease_duration. */
  disaggregation: { minPromptTokens: 1, setup: 0.005, lease: 30 },
  traffic: { pauseAfterLoss: 1, systemTokens: 0, sessions: { closedLoop: false as boolean, idle: 3600 } },
  startup: {
    schedule: 1,
    /** A 10 GB image on a fast registry: 40–90 s are usual, minutes on slow ones. */
    pull: { kind: "constant", value: 60 },
    /** Between gp3 disks (0.25–1 GB/s) and local NVMe (3–12 GB/s). */
    loadBandwidth: 2e9,
    loadFixed: 10,
    /** Compilation and graph capture of vLLM with a warm compile cache: 20–110 s. */
    warmUp: { kind: "constant", value: 45 },
    restart: 10,
  },
  readiness: { period: 10, endpointDelay: 2 },
  shutdown: { grace: 30, preStop: 0 },
  resources: { cpu: 8, memory: 68_719_476_736 },
  nodePool: {
    min: 0,
    /** A managed GPU node: 150 s on EKS, 240 s on GKE, 420 s on AKS are typical medians. */
    provision: { kind: "logNormal", median: 240, sigma: 0.35 },
    /** Device plugin and driver check on a node image that brings the driver. */
    allocatable: { kind: "constant", value: 30 },
    scanInterval: 10,
    scaleDownUnneeded: 600,
    scaleDownDelayAfterAdd: 600,
    termination: 30,
    /** Cloud machines are billed by the second, a minute at least. */
    minimumBilling: 60,
  },
  /** @see kube-controller-manager --node-monitor-grace-period, 50 s since 1.32; AWS gives spot instances two minutes */
  faults: { detect: 50, notice: 120 },
  /** @see Deployment spec.strategy.rollingUpdate */
  updates: { maxSurge: { share: 0.25 }, maxUnavailable: { share: 0.25 } },
  metrics: { scrapeInterval: 15, cpuUtilization: 0.5, memoryUtilization: 0.6 },
  slo: { loadWindow: 60 },
} as const;
