import { type ComparisonResult, InputError, type Issue, type RunResult } from "@replicast/sim-core";
import type { Fields } from "./fields.ts";
import { isHpaSync } from "./hpa.ts";

const RUN = "replicast/run-result/v1";
const COMPARISON = "replicast/comparison/v1";

/**
 * The runs of a result that was read back from JSON, each with a record of its decisions.
 *
 * @param file name of the file, for the issue
 * @throws InputError `not_a_result`, or `result_without_record` when a release wrote it that kept less
 */
export function readRuns(value: unknown, file: string): readonly RunResult[] {
  const { schema, version } = typeof value === "object" && value !== null ? (value as Partial<RunResult | ComparisonResult>) : {};
  const runs = schema === RUN ? [value as RunResult] : schema === COMPARISON ? (value as ComparisonResult).runs : [];
  if (!Array.isArray(runs) || runs.length === 0) throw new InputError([issue("not_a_result", file, { found: String(schema ?? "") })]);
  const lacking = (runs as readonly RunResult[]).filter((run) => !hasRecord(run)).map(({ policy }) => policy);
  if (lacking.length > 0)
    throw new InputError([issue("result_without_record", file, { version: String(version ?? ""), policies: lacking })]);
  return runs;
}

function issue(code: string, file: string, data: Fields): Issue {
  return { code, path: [], file, data };
}

/** Every decision carries its evidence; that of an HPA holds the tolerance since ages and windows are kept. */
function hasRecord({ decisions }: RunResult): boolean {
  if (!Array.isArray(decisions)) return false;
  return (decisions as RunResult["decisions"]).every(
    ({ evidence }) => typeof evidence === "object" && evidence !== null && (!isHpaSync(evidence) || evidence["tolerance"] !== undefined),
  );
}
