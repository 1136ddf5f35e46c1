import { type LatencyConfig, type MetricSource, type Observer, type Plan, type PlanDeployment, simulate } from "@replicast/sim-core";
import { trialPlan, trialTrace } from "../capacity-trial.ts";
import type { MeasuredRequest } from "./measured-run.ts";

/** Nobody scales, hence nobody asks. */
const NO_METRICS: MetricSource = { series: () => [], answer: () => ({ ok: false, error: "a calibration run has no metrics" }) };

/** A server to be simulated alone: one warm replica of a plan's deployment. */
export interface Server {
  readonly plan: Plan;
  readonly deployment: PlanDeployment;
}

/** The same server with another latency model. */
export function withLatency({ plan, deployment }: Server, latency: LatencyConfig): Server {
  return { plan, deployment: { ...deployment, serving: { ...deployment.serving, latency } } };
}

/**
 * Plays requests to one warm replica at the times they arrived.
 *
 * @returns the same requests with the latencies of the simulation; NaN for one that the server could not hold
 */
export function serveRun({ plan, deployment }: Server, requests: readonly MeasuredRequest[]): readonly MeasuredRequest[] {
  const ttft = new Float64Array(requests.length).fill(Number.NaN);
  const e2e = new Float64Array(requests.length).fill(Number.NaN);
  const observer: Observer = (fact) => {
    if (fact.kind !== "request-ended" || fact.fate !== "completed") return;
    ttft[fact.requestId] = fact.ttftSeconds ?? Number.NaN;
    e2e[fact.requestId] = fact.e2eSeconds ?? Number.NaN;
  };
  const traffic = { lengths: requests, arrivals: requests.map(({ arrivalSeconds }) => arrivalSeconds) };
  simulate(trialPlan(plan, deployment, 1, traffic, 1), {
    policy: "fixed",
    controllers: [],
    metricSource: NO_METRICS,
    openTrace: trialTrace(traffic),
    observers: [observer],
  });
  return requests.map((request, i) => ({ ...request, ttftSeconds: ttft[i] as number, e2eSeconds: e2e[i] as number }));
}
