// A policy of your own: a pure function from what a controller sees to a number of replicas, with the reason.
import { builtinPolicies } from "@replicast/policies";
import { compare, definePolicy, load, memoryFiles, type Policy } from "replicast";

type Config = { readonly waitingPerReplica: number; readonly cooldownSeconds: number };
type State = { readonly calmSinceSeconds: number };

const QUERIES = [{ name: "waiting", kind: "promql", query: "sum(vllm:num_requests_waiting)" }] as const;

export const queueDepth: Policy<Config, State> = definePolicy<Config, State>({
  id: "queue-depth",
  parseConfig: (raw) => {
    const { waitingPerReplica = 4, cooldownSeconds = 300 } = raw as Partial<Config>;
    return waitingPerReplica > 0
      ? { ok: true, config: { waitingPerReplica, cooldownSeconds } }
      : { ok: false, issues: [{ code: "too_small", path: ["waitingPerReplica"], data: { minimum: 0, actual: waitingPerReplica } }] };
  },
  initialState: () => ({ calmSinceSeconds: 0 }),
  timers: () => [{ name: "sync", periodSeconds: 15 }],
  queries: () => QUERIES,
  needs: () => QUERIES,
  decide({ nowSeconds, scale, pods, metrics }, state, config) {
    const answer = metrics["waiting"];
    const waiting = answer?.ok ? answer.elements[0]?.value : undefined;
    if (waiting === undefined) return { state }; // no metric, no decision
    const current = scale.specReplicas;
    const starting = pods.filter(({ ready, deletionSeconds }) => deletionSeconds === undefined && ready?.status !== true).length;
    const evidence = { waiting, starting };
    if (starting > 0) return { state: { calmSinceSeconds: nowSeconds } }; // help is on its way: wait and see whether it suffices
    if (waiting > config.waitingPerReplica * current) {
      return { state: { calmSinceSeconds: nowSeconds }, decision: { desiredReplicas: current + 1, reason: "QueueTooLong", evidence } };
    }
    if (waiting > 0) return { state: { calmSinceSeconds: nowSeconds } };
    if (nowSeconds - state.calmSinceSeconds < config.cooldownSeconds || current <= 1) return { state };
    return { state: { calmSinceSeconds: nowSeconds }, decision: { desiredReplicas: current - 1, reason: "Calm", evidence } };
  },
});

const scenario = await load("scenario.yaml", {
  policies: [...builtinPolicies, queueDepth],
  files: memoryFiles({
    "scenario.yaml": `
      replicast: 1
      name: own-policy
      duration: 2h
      traffic:
        - arrivals: { kind: poisson, rate: { points: [[0s, 2/s], [1h, 14/s], [2h, 2/s]] } }
          lengths: azure-conversation-2023
      deployments:
        - { name: chat, model: llama-3.1-8b_l40s_tp1, replicas: 1, engine: { maxSequences: 32 } }
      nodePools:
        - { name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 1.86, min: 1, max: 8 }
      policies:
        - { name: queue depth, kind: queue-depth, waitingPerReplica: 1 }
        - { name: fixed 4, kind: fixed, replicas: 4 }
      slo: { ttft: "p(95)<5s" }`,
  }),
});

const { runs } = await compare(scenario);
for (const { policy, deployments, slo, decisions } of runs) {
  const reasons = [...new Set(decisions.map(({ reason }) => reason))].join(", ");
  console.log(`${policy}: ${deployments[0]?.replicasMean.toFixed(1)} replicas on average, SLO ${slo.met ? "met" : "missed"} (${reasons})`);
}
