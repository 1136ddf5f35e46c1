import { availableParallelism } from "node:os";
import { InputError, type Issue } from "replicast";
import { type Shard, WHOLE } from "./sweep-folder.ts";

/** Options of `sweep` that are more than a text. */
export interface SweepNumbers {
  readonly replications: number;
  readonly jobs: number;
  readonly shard: Shard;
}

/** Most threads; more than any machine has cores. */
const JOBS_MAX = 1024;
const REPLICATIONS_MAX = 1_000_000;
const SHARDS_MAX = 100_000;

/**
 * Reads them.
 * @throws InputError `bad_option`, naming every option that is wrong
 */
export function parseSweepNumbers({
  replications = "1",
  jobs,
  shard,
}: {
  readonly replications?: string;
  readonly jobs?: string;
  readonly shard?: string;
}): SweepNumbers {
  const issues: Issue[] = [];
  const refuse = (option: string, actual: string, expected: string): void =>
    void issues.push({ code: "bad_option", path: [], data: { option, actual, expected } });
  const replicationCount = countOf(replications, REPLICATIONS_MAX);
  if (replicationCount === undefined) refuse("--replications", replications, `a whole number from 1 to ${REPLICATIONS_MAX}`);
  const jobCount = jobs === undefined ? availableParallelism() : countOf(jobs, JOBS_MAX);
  if (jobCount === undefined) refuse("--jobs", jobs ?? "", `a whole number from 1 to ${JOBS_MAX}`);
  const part = shard === undefined ? WHOLE : shardOf(shard);
  if (part === undefined) refuse("--shard", shard ?? "", 'a part of the whole, as in "1/4" … "4/4"');
  if (replicationCount === undefined || jobCount === undefined || part === undefined) throw new InputError(issues);
  return { replications: replicationCount, jobs: jobCount, shard: part };
}

function countOf(text: string, maximum: number): number | undefined {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return count >= 1 && count <= maximum ? count : undefined;
}

function shardOf(text: string): Shard | undefined {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const total = countOf(count ?? "", SHARDS_MAX);
  const number = countOf(index ?? "", total ?? 0);
  return total === undefined || number === undefined ? undefined : { index: number - 1, count: total };
}
