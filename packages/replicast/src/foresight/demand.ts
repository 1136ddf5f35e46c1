import type { CapacityTable, Fact, Observer, Plan, WorkWeights } from "@replicast/sim-core";
import { type LeastWorkOptions, requestWork, requiredReplicas, slotDemand } from "@replicast/sim-core/score";
import { pairOf } from "../pairs.ts";

interface DeploymentDemand {
  readonly weights: WorkWeights | undefined;
  /** Deployment that computes the prompts, or −1. */
  readonly prefill: number;
  readonly offeredWork: Float64Array;
  requests: number;
  promptTokens: number;
  outputTokens: number;
  longestTokens: number;
}

/** What arrives in a run, gathered from its facts: what perfect foresight knows. */
export class Demand {
  /** Give it to the run as an observer. */
  readonly observe: Observer;
  private readonly plan: Plan;
  private readonly capacity: CapacityTable;
  private readonly deployments: readonly DeploymentDemand[];

  constructor(plan: Plan, capacity: CapacityTable) {
    this.plan = plan;
    this.capacity = capacity;
    const index = new Map(plan.deployments.map(({ name }, i) => [name, i]));
    this.deployments = plan.deployments.map((deployment) => ({
      weights: capacity.find(({ deployment: name }) => name === deployment.name)?.work,
      prefill:
        pairOf(plan, deployment)?.decode.name === deployment.name ? (deployment.serving.disaggregation?.prefillDeployment ?? -1) : -1,
      offeredWork: new Float64Array(Math.ceil(plan.durationSeconds)),
      requests: 0,
      promptTokens: 0,
      outputTokens: 0,
      longestTokens: 0,
    }));
    this.observe = (fact) => {
      if (fact.kind === "request-arrived") this.add(index.get(fact.deployment), fact);
    };
  }

  private add(index: number | undefined, fact: Extract<Fact, { readonly kind: "request-arrived" }>): void {
    const own = this.deployments[index ?? -1];
    if (own === undefined) return;
    own.requests++;
    own.promptTokens += fact.promptTokens;
    own.outputTokens += fact.outputTokens;
    own.longestTokens = Math.max(own.longestTokens, fact.promptTokens + fact.outputTokens);
    offer(own, fact);
    const { minPromptTokens = 0 } = this.plan.deployments[index ?? -1]?.serving.disaggregation ?? {};
    const prefill = fact.promptTokens >= minPromptTokens ? this.deployments[own.prefill] : undefined;
    if (prefill !== undefined) offer(prefill, fact);
  }

  /** Mean token counts of the requests of a deployment, and the most that one has; 0 without any. */
  means(deployment: number): Pick<LeastWorkOptions, "meanPromptTokens" | "meanOutputTokens" | "longestTokens"> {
    const { requests = 0, promptTokens = 0, outputTokens = 0, longestTokens = 0 } = this.deployments[deployment] ?? {};
    const count = Math.max(1, requests);
    return { meanPromptTokens: promptTokens / count, meanOutputTokens: outputTokens / count, longestTokens };
  }

  /**
   * Replicas that each slot requires when the load is multiplied.
   * @param loadFactor > 0
   */
  replicas(deployment: number, loadFactor: number, slotSeconds: number): Int32Array {
    const { durationSeconds, slo, deployments } = this.plan;
    const capacity = this.capacity.find((each) => each.deployment === deployments[deployment]?.name);
    const offered = this.deployments[deployment]?.offeredWork;
    if (capacity === undefined || offered === undefined) return new Int32Array(Math.ceil(durationSeconds / slotSeconds));
    const offeredWork = offered.map((work) => work * loadFactor);
    const steps = requiredReplicas({ offeredWork, durationSeconds, windowSeconds: slo.loadWindowSeconds, capacity });
    return slotDemand(steps, durationSeconds, slotSeconds);
  }
}

function offer(
  demand: DeploymentDemand,
  { timeSeconds, promptTokens, outputTokens }: Extract<Fact, { readonly kind: "request-arrived" }>,
): void {
  const { weights, offeredWork } = demand;
  const second = Math.floor(timeSeconds);
  offeredWork[second] = (offeredWork[second] as number) + (weights === undefined ? 1 : requestWork(weights, promptTokens, outputTokens));
}
