// The policy of queue_depth.py as a module. Compiled from TypeScript it would look the same.
import { definePolicy } from "replicast";

const QUERIES = [{ name: "waiting", kind: "promql", query: "sum(vllm:num_requests_waiting)" }];

export const queueDepth = definePolicy({
  id: "queue-depth",
  parseConfig(raw) {
    const config = { waitingPerReplica: 4, cooldownSeconds: 300, ...raw };
    const issues = ["waitingPerReplica", "cooldownSeconds"]
      .filter((key) => !(config[key] > 0))
      .map((key) => ({ code: "policy_config_refused", path: [key], data: { message: "must be a number above 0" } }));
    return issues.length > 0 ? { ok: false, issues } : { ok: true, config };
  },
  initialState: () => ({ calmSinceSeconds: 0 }),
  timers: () => [{ name: "sync", periodSeconds: 15 }],
  queries: () => QUERIES,
  needs: () => QUERIES,
  decide({ nowSeconds, scale, pods, metrics }, state, config) {
    const answer = metrics["waiting"];
    const waiting = answer.ok ? answer.elements[0]?.value : undefined;
    if (waiting === undefined) return { state }; // no metric, no decision
    const current = scale.specReplicas;
    const starting = pods.filter(({ ready, deletionSeconds }) => deletionSeconds === undefined && ready?.status !== true).length;
    const evidence = { waiting, starting };
    const busy = { state: { calmSinceSeconds: nowSeconds } };
    if (starting > 0) return busy; // help is on its way: wait and see whether it suffices
    if (waiting > config.waitingPerReplica * current)
      return { ...busy, decision: { desiredReplicas: current + 1, reason: "QueueTooLong", evidence } };
    if (waiting > 0) return busy;
    if (nowSeconds - state.calmSinceSeconds < config.cooldownSeconds || current <= 1) return { state };
    return { ...busy, decision: { desiredReplicas: current - 1, reason: "Calm", evidence } };
  },
});
