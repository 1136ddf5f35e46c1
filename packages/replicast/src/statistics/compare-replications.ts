import { statisticsVerdict } from "@replicast/report";
import type { CapacityTable, ComparisonResult, PlanPolicy } from "@replicast/sim-core";
import type { LoadedScenario } from "../load.ts";
import type { RunOptions } from "../run.ts";
import type { StatisticsOptions } from "./options.ts";
import { replicate } from "./replicate.ts";
import { outcomeOf, type RunReplications, runReplication } from "./replication.ts";

/** A comparison to be replicated. */
export interface ReplicationWork {
  readonly scenario: LoadedScenario;
  readonly policies: readonly PlanPolicy[];
  readonly tableUnder: (policy: PlanPolicy) => CapacityTable;
  readonly options: RunOptions & StatisticsOptions & { readonly runAll?: RunReplications };
}

/** Replicates a comparison whose first runs are made, and lets the verdict say what is shown. */
export async function replicationsOf(
  compared: ComparisonResult,
  { scenario, policies, tableUnder, options }: ReplicationWork,
): Promise<ComparisonResult> {
  const tables = new Map(policies.map((policy) => [policy.name, tableUnder(policy)]));
  const statistics = await replicate(
    {
      plan: scenario.plan,
      first: compared.runs.map((run) => outcomeOf(run, { replication: 0, withMinutes: options.warmUp !== undefined })),
      capacityOf: (policy) => tables.get(policy) ?? [],
      runAll: options.runAll ?? runHere(scenario, options),
    },
    options,
  );
  const result = { ...compared, statistics };
  return { ...result, verdict: statisticsVerdict(result) };
}

/** Makes runs one after the other, in this thread. */
function runHere(scenario: LoadedScenario, { observers, maxEvents, onProgress }: RunOptions): RunReplications {
  return async (jobs) => {
    const outcomes = [];
    for (const [index, job] of jobs.entries()) {
      outcomes.push(
        await runReplication(scenario, job, {
          index,
          total: jobs.length,
          ...(observers === undefined ? {} : { observers }),
          ...(maxEvents === undefined ? {} : { maxEvents }),
          ...(onProgress === undefined ? {} : { onProgress }),
        }),
      );
    }
    return outcomes;
  };
}
