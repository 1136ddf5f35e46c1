import type { LatencyConfig, Observer, OpenTrace, Plan, PlanDeployment } from "@replicast/sim-core";
import { simulateTrial, type TrialTraffic, traceOfText, trialPlan, trialTrace } from "../capacity-trial.ts";
import { prefixIdsOf } from "./known-hits.ts";
import type { MeasuredRequest } from "./measured-run.ts";

/** A server to be simulated alone: warm replicas of a plan's deployment. */
export interface Server {
  readonly plan: Plan;
  readonly deployment: PlanDeployment;
  /** Data-parallel copies of the engine behind one entrance. Absent: 1. */
  readonly replicas?: number;
}

/** The same server with another latency model. */
export function withLatency({ deployment, ...server }: Server, latency: LatencyConfig): Server {
  return { ...server, deployment: { ...deployment, serving: { ...deployment.serving, latency } } };
}

/**
 * Plays requests to the server, warm, at the times they arrived. Prefixes are cached when some request is known to have hit
 * one; which blocks are still there is the engine's affair.
 *
 * @returns the same requests with the latencies of the simulation; NaN for one that the server could not hold
 */
export function serveRun(server: Server, requests: readonly MeasuredRequest[]): readonly MeasuredRequest[] {
  const ttft = new Float64Array(requests.length).fill(Number.NaN);
  const e2e = new Float64Array(requests.length).fill(Number.NaN);
  const observer: Observer = (fact) => {
    if (fact.kind !== "request-ended" || fact.fate !== "completed") return;
    ttft[fact.requestId] = fact.ttftSeconds ?? Number.NaN;
    e2e[fact.requestId] = fact.e2eSeconds ?? Number.NaN;
  };
  const traffic = { lengths: requests, arrivals: requests.map(({ arrivalSeconds }) => arrivalSeconds) };
  const trace = hasHits(requests) ? traceWithPrefixes(requests, server.deployment.serving.engine.blockTokens) : trialTrace(traffic);
  simulateTrial(planOf(server, requests, traffic), trace, [observer]);
  return requests.map((request, i) => ({ ...request, ttftSeconds: ttft[i] as number, e2eSeconds: e2e[i] as number }));
}

function hasHits(requests: readonly MeasuredRequest[]): boolean {
  return requests.some(({ prefixHitTokens = 0 }) => prefixHitTokens > 0);
}

function planOf({ plan, deployment, replicas = 1 }: Server, requests: readonly MeasuredRequest[], traffic: TrialTraffic): Plan {
  if (!hasHits(requests)) return trialPlan(plan, deployment, replicas, traffic, 1);
  const { serving } = deployment;
  const caching = { ...deployment, serving: { ...serving, engine: { ...serving.engine, prefixCaching: true } } };
  const trial = trialPlan(plan, caching, replicas, traffic, 1);
  return { ...trial, traffic: trial.traffic.map((stream) => ({ ...stream, hashTokens: serving.engine.blockTokens })) };
}

function traceWithPrefixes(requests: readonly MeasuredRequest[], blockTokens: number): OpenTrace {
  const ids = prefixIdsOf(requests, blockTokens);
  const lines = requests.map(({ arrivalSeconds, promptTokens, outputTokens }, i) =>
    JSON.stringify({
      arrival_s: Number(arrivalSeconds.toFixed(6)),
      input_tokens: promptTokens,
      output_tokens: outputTokens,
      hash_ids: ids[i],
    }),
  );
  return traceOfText(`${lines.join("\n")}\n`);
}
