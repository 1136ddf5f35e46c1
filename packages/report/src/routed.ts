import type { RunResult } from "@replicast/sim-core";
import { formatCount, formatPercent } from "./format.ts";

/** Per run: which share of the requests each deployment got and how it served them, where a model's route decided that; and what found no deployment. */
export function routedLines(runs: readonly RunResult[]): readonly string[] {
  return runs.flatMap((run) => {
    const isRouted = run.streams.some(({ deployment }) => deployment === null);
    if (!isRouted) return [];
    const parts = run.deployments.map(({ name, requests, attainment }) => {
      const share = run.requests.arrived === 0 ? null : requests.arrived / run.requests.arrived;
      const taken = run.quality?.deployments.find((deployment) => deployment.name === name)?.escalatedIn ?? 0;
      const again = taken === 0 ? "" : ` and ${formatCount(taken, "request")} after another's answer`;
      return `${name} ${formatPercent(share)}${again} (${formatPercent(attainment)} of them met every objective)`;
    });
    const shares = `${run.policy}: of ${formatCount(run.requests.arrived, "request")} went to ${parts.join(", to ")}.`;
    if (run.unknownModelRequests === 0) return [shares];
    return [shares, `${run.policy}: ${formatCount(run.unknownModelRequests, "request")} named a model nobody serves, and got an error.`];
  });
}
