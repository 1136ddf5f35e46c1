import { builtinPolicies } from "@replicast/policies";
import { type BlameResult, definePolicy, type HoldCause, type Policy } from "@replicast/sim-core";
import { load, memoryFiles, run } from "../src/index.ts";

type Hold = { readonly by: HoldCause; readonly wanted?: number };
type Script = { readonly steps: readonly (readonly [number, number, Hold | null])[] };

/** Asks for what its script says from each time on, and says that it was held as the script says; looks every second, sees no metric. */
const script: Policy<Script, null> = definePolicy<Script, null>({
  id: "script",
  parseConfig: (raw) => {
    const { steps } = raw as { readonly steps: readonly (readonly [number, number, Hold?])[] };
    return { ok: true, config: { steps: steps.map(([fromSeconds, replicas, hold]) => [fromSeconds, replicas, hold ?? null]) } };
  },
  initialState: () => null,
  timers: () => [{ name: "look", periodSeconds: 1 }],
  needs: () => [],
  queries: () => [],
  decide({ nowSeconds }, state, { steps }) {
    const step = steps.findLast(([fromSeconds]) => fromSeconds <= nowSeconds);
    if (step === undefined) return { state };
    const [, desiredReplicas, held] = step;
    return { state, decision: { desiredReplicas, reason: "Script", ...(held === null ? {} : { held }), evidence: {} } };
  },
});

type Look = { readonly periodSeconds: number; readonly firstSeconds: number; readonly descends: boolean };
const IN_FLIGHT = { name: "inFlight", kind: "promql", query: "sum(gateway_requests_in_flight)" } as const;

/** Asks for six replicas when it sees more than three requests under way; when it sees fewer, for two, if it descends at all. */
const look: Policy<Look, null> = definePolicy<Look, null>({
  id: "look",
  parseConfig: (raw) => {
    const { periodSeconds, firstSeconds = 0, descends = false } = raw as Partial<Look>;
    return { ok: true, config: { periodSeconds: periodSeconds ?? 1, firstSeconds, descends } };
  },
  initialState: () => null,
  timers: ({ periodSeconds, firstSeconds }) => [{ name: "look", periodSeconds, phaseSeconds: firstSeconds }],
  needs: () => [IN_FLIGHT],
  queries: () => [IN_FLIGHT],
  decide({ metrics, scale }, state, { descends }) {
    const answer = metrics["inFlight"];
    if (answer?.ok !== true) return { state };
    const inFlight = answer.elements[0]?.value ?? 0;
    const desiredReplicas = inFlight > 3 ? 6 : descends ? 2 : scale.specReplicas;
    return { state, decision: { desiredReplicas, reason: "Look", evidence: { inFlight } } };
  },
});

export interface BlameScenario {
  /** Requests per second over time; default: 10, and 30 from second 300 to 600. */
  readonly rate?: string;
  readonly arrivals?: "constant" | "poisson";
  readonly duration?: string;
  /** What replaces a line of the scenario, by its key. */
  readonly startup?: string;
  readonly readiness?: string;
  readonly deployment?: string;
  /** A second deployment. */
  readonly deployments?: string;
  readonly replicas?: number;
  readonly lengths?: string;
  readonly traffic?: string;
  readonly loadWindow?: string;
  readonly gpu?: string;
  readonly pool?: string;
  readonly metrics?: string;
  readonly policy: string;
  readonly slo?: string;
  readonly extra?: string;
  /** Text of hpa.yaml, and of scaled-object.yaml. */
  readonly hpa?: string;
  readonly scaledObject?: string;
  /** Text of trace.csv. */
  readonly trace?: string;
  /** κ, the same for any number of replicas. */
  readonly kappa?: number;
}

const INSTANT = "schedule: 0s, pull: 0s, container: 0s, load: 0s, compile: 0s, capture: 0s, warmUp: 0s";

/** A classifier that takes one request at a time, for 100 ms. */
export const classifier = (warmUp = "factor: 1", gateway = "maxInFlightPerReplica: 1"): string =>
  `model: { shape: { name: classifier, parameters: 4e8 }, gpu: L4, latency: { kind: curve, points: [[1, 100ms]] } }, engine: { batching: dynamic, dynamic: { maxBatchSize: 1 }, warmUp: { ${warmUp} } }, gateway: { ${gateway}, maxQueued: unlimited, queueTimeout: never }`;

/** An HPA on the gateway's queue, with its limits and its `behavior`. */
export const hpaOf = (limits: string, behavior = ""): string => `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: app }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: app }
  ${limits}
  metrics: [{ type: External, external: { metric: { name: backlog }, target: { type: Value, value: "5" } } }]
  ${behavior}
`;

/** A ScaledObject on the gateway's requests, with its limits and its annotations. */
export const scaledObjectOf = (limits: string, annotations = "{}"): string => `
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: { name: app, annotations: ${annotations} }
spec:
  scaleTargetRef: { name: app }
  ${limits}
  triggers: [{ type: prometheus, metadata: { serverAddress: "http://prometheus", query: "sum(gateway_requests_in_flight)", threshold: "2" } }]
`;

/**
 * Two replicas that answer one request in 100 ms and start at once on nodes that stand ready, and a load that asks for four of them for
 * five minutes: whatever is made slow, or is in the way, is the only thing.
 */
export async function blameOf(given: BlameScenario): Promise<BlameResult> {
  const rate = given.rate ?? "{ points: [[0s, 10/s], [300s, 10/s], [300.001s, 30/s], [600s, 30/s], [600.001s, 10/s]] }";
  const text = `
replicast: 1
name: blamed
start: 2026-03-02T09:00:00
duration: ${given.duration ?? "15m"}
seed: 3
traffic: ${given.traffic ?? `[{ arrivals: { kind: ${given.arrivals ?? "constant"}, rate: ${rate} }, lengths: { ${given.lengths ?? "prompt: 1, output: 1"} } }]`}
deployments: [{ name: app, replicas: ${given.replicas ?? 2}, ${given.deployment ?? classifier()}, client: { timeout: never, retries: 0 }, startup: { ${given.startup ?? INSTANT} }, readiness: { ${given.readiness ?? "period: 1s, endpointDelay: 0s"} } }${given.deployments === undefined ? "" : `, ${given.deployments}`}]
nodePools: [{ name: pool, gpu: ${given.gpu ?? "L4"}, gpusPerNode: 1, pricePerGpuHour: 1, ${given.pool ?? "min: 8, max: 8"} }]
metrics: { ${given.metrics ?? "scrapeInterval: 1s"}, adapter: [{ as: backlog, query: sum(gateway_queue_depth) }] }
policies: [{ name: it, ${given.policy} }]
slo: { ${given.slo ?? 'e2e: "p(95)<1s"'}, loadWindow: ${given.loadWindow ?? "2s"} }
${given.extra ?? ""}
`;
  const files = memoryFiles({
    "scenario.yaml": text,
    "hpa.yaml": given.hpa ?? "",
    "scaled-object.yaml": given.scaledObject ?? "",
    "trace.csv": given.trace ?? "",
  });
  const loaded = await load("scenario.yaml", { files, policies: [...builtinPolicies, script, look] });
  const work = { perRequest: 1, perPromptToken: 0, perOutputToken: 0, perPromptTokenSquared: 0, perContextToken: 0 };
  const capacity = [{ deployment: "app", points: [{ replicas: 1, requestsPerSecond: given.kappa ?? 8 }], work }];
  const { blame, slo, cost } = await run(loaded, "it", { capacity });
  if (blame === undefined) throw new Error("no blame");
  if (blame.violations !== slo.violations) throw new Error(`${blame.violations} of ${slo.violations} violations blamed`);
  if (Math.abs(blame.idleUsd - cost.byStateUsd.buffer) > 1e-9 * cost.billUsd) throw new Error("idle dollars are not the buffer");
  return blame;
}

/** Share of the violations that a cause gets. */
export function violationShare({ rows, violations }: BlameResult, cause: string): number {
  return rows.reduce((sum, row) => sum + (row.cause === cause ? row.violations : 0), 0) / violations;
}

/** Share of the seconds of shortage that a cause gets. */
export function secondsShare({ rows }: BlameResult, cause: string): number {
  const all = rows.reduce((sum, row) => sum + row.shortageSeconds, 0);
  return rows.reduce((sum, row) => sum + (row.cause === cause ? row.shortageSeconds : 0), 0) / all;
}

/** Share of the idle dollars that a cause gets. */
export function idleShare({ rows, idleUsd }: BlameResult, cause: string): number {
  return rows.reduce((sum, row) => sum + (row.cause === cause ? row.idleUsd : 0), 0) / idleUsd;
}
