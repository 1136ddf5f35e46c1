import type { PlanDeployment } from "@replicast/sim-core";
import type { TrialLoad } from "./capacity-trial.ts";
import { type Lengths, loneSeconds, mixWork } from "./capacity-work.ts";
import type { Pair } from "./pairs.ts";

export interface TrialMember {
  readonly deployment: PlanDeployment;
  readonly replicas: number;
}

/** The other side of a pair gets so many times the replicas that its work would keep busy. */
const AMPLE = 4;

/** The side that decodes, which gets the traffic, then the one that computes prompts. */
export function pairMembers(
  pair: Pair,
  deployment: PlanDeployment,
  replicas: number,
  { lengths, requestsPerSecond }: Pick<TrialLoad, "lengths" | "requestsPerSecond">,
): readonly TrialMember[] {
  const isDecode = pair.decode.name === deployment.name;
  const decode = isDecode ? deployment : pair.decode;
  const prefill = isDecode ? pair.prefill : deployment;
  const { serving } = decode;
  const paired = { ...serving, ...(serving.disaggregation && { disaggregation: { ...serving.disaggregation, prefillDeployment: 1 } }) };
  const ample = (busy: number): number => 1 + Math.ceil(AMPLE * requestsPerSecond * busy);
  return [
    { deployment: { ...decode, serving: paired }, replicas: isDecode ? replicas : ample(decodeBusySeconds(decode, lengths)) },
    { deployment: prefill, replicas: isDecode ? ample(mixWork(prefill.serving, lengths, "prompt").secondsPerRequest) : replicas },
  ];
}

/** The largest share of a replica that a mean request takes, times seconds: of its steps, its KV cache, its places or its link. */
function decodeBusySeconds({ serving }: PlanDeployment, lengths: readonly Lengths[]): number {
  const { maxSequences, kvBlocks, blockTokens, transfer } = serving.engine;
  const mean = (of: (each: Lengths) => number): number => lengths.reduce((sum, each) => sum + of(each), 0) / Math.max(1, lengths.length);
  const prompt = mean(({ promptTokens }) => promptTokens);
  const output = mean(({ outputTokens }) => outputTokens);
  const stay = loneSeconds(serving, { promptTokens: 1, outputTokens: Math.max(1, Math.round(output)) });
  const perSequence = Math.max((prompt + output) / (kvBlocks * blockTokens), 1 / maxSequences);
  const link = ((transfer?.perBlockSeconds ?? 0) * prompt) / blockTokens;
  return Math.max(mixWork(serving, lengths, "answer").secondsPerRequest, stay * perSequence, link);
}
