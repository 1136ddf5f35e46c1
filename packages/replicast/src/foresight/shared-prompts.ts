import { type Plan, type PlanDeployment, readTrace, type TrafficConfig } from "@replicast/sim-core";
import type { LoadedScenario } from "../load.ts";

/** Rows of a trace that are looked at: its columns are the same in all. */
const ROWS_LOOKED_AT = 20_000;

/** Whether some replica may find a part of a prompt in its cache that another request left there. */
export function mayShare({ plan, openTrace }: Pick<LoadedScenario, "plan" | "openTrace">, deployment: PlanDeployment): boolean {
  if (deployment.serving.engine.prefixCaching !== true) return false;
  return plan.traffic.some((stream) => reaches(stream, deployment.name) && hasShared(stream, openTrace));
}

const reaches = (stream: TrafficConfig, name: string): boolean => stream.deployment === undefined || stream.deployment === name;

function hasShared(stream: TrafficConfig, openTrace: LoadedScenario["openTrace"]): boolean {
  if (stream.kind === "users" || stream.prefix !== undefined) return true;
  if (stream.kind === "generator") return stream.session !== undefined;
  if (stream.sessions !== undefined) return true;
  const rows = readTrace(openTrace, stream.file, { fromSeconds: stream.offsetSeconds, most: ROWS_LOOKED_AT, keep: () => true });
  return rows.some(({ hashIds, session }) => hashIds !== undefined || session !== undefined);
}

/** Whether what arrives, and when, is the same whatever the policy does. */
export function isTrafficKnown({ traffic }: Plan): boolean {
  return traffic.every((stream) => {
    if (stream.kind === "users" || stream.maxOpenRequests !== undefined) return false;
    return stream.kind === "generator" ? stream.session === undefined : stream.sessions?.closedLoop !== true;
  });
}
