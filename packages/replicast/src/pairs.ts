import type { Plan, PlanDeployment } from "@replicast/sim-core";

/** Two deployments that serve requests together: one computes prompts, the other decodes. */
export interface Pair {
  readonly decode: PlanDeployment;
  readonly prefill: PlanDeployment;
}

/** What the replicas of a deployment compute of a request. */
export type WorkPart = "whole" | "prompt" | "answer";

/** The pair a deployment belongs to. */
export function pairOf({ deployments }: Pick<Plan, "deployments">, { name }: PlanDeployment): Pair | undefined {
  for (const decode of deployments) {
    const prefill = deployments[decode.serving.disaggregation?.prefillDeployment ?? -1];
    if (prefill !== undefined && (decode.name === name || prefill.name === name)) return { decode, prefill };
  }
  return undefined;
}

export function partOf(plan: Pick<Plan, "deployments">, deployment: PlanDeployment): WorkPart {
  const pair = pairOf(plan, deployment);
  if (pair === undefined) return "whole";
  return pair.decode.name === deployment.name ? "answer" : "prompt";
}
