import { decideReplicas, NO_TIMER, type RayScaling } from "../../packages/policies/src/ray-serve/decide.ts";
import { mismatch } from "../mismatch.ts";
import type { VectorKind } from "../suite.ts";

interface PolicyCase {
  readonly config: RayScaling;
  readonly ticks: readonly (readonly [t: number, running: number, target: number, requests: number, decision: number, bounded: number])[];
}

function check({ config, ticks }: PolicyCase): string | undefined {
  let timer = NO_TIMER;
  for (const [nowSeconds, runningReplicas, targetReplicas, totalRequests, decision, bounded] of ticks) {
    const got = decideReplicas(config, timer, { nowSeconds, runningReplicas, targetReplicas, totalRequests });
    timer = got.timer;
    const wrong = mismatch([`decision at ${nowSeconds}`, decision, got.decision], [`bounded at ${nowSeconds}`, bounded, got.bounded]);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** Load over time → target replicas, turn by turn of the control loop. */
export const policy: VectorKind<PolicyCase> = { kind: "policy", recognises: ({ kind }) => kind === "policy", check };
