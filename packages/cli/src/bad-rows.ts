import { InputError, type Issue } from "replicast";
import type { Io } from "./io.ts";
import { showIssues } from "./session.ts";

/** Issues told one by one. */
const TOLD_MAX = 20;

/** Issues of rows, as they come while files are read. */
export interface BadRows {
  readonly report: (issue: Issue) => void;
  /** Tells them as warnings when they may be left out. @throws InputError otherwise, when there are any */
  readonly settle: () => void;
}

/** @param skip leave bad rows out */
export function createBadRows(skip: boolean, io: Io): BadRows {
  const issues: Issue[] = [];
  let count = 0;
  return {
    report(issue) {
      count++;
      if (issues.length < TOLD_MAX) issues.push(issue);
    },
    settle() {
      if (count === 0) return;
      const file = issues[0]?.file;
      const more: readonly Issue[] =
        count > issues.length
          ? [{ code: "trace_more_issues", path: [], ...(file === undefined ? {} : { file }), data: { count: count - issues.length } }]
          : [];
      if (!skip) throw new InputError([...issues, ...more]);
      showIssues(
        [...issues, ...more].map((issue) => ({ ...issue, severity: "warning" as const })),
        io,
      );
      io.err(`${count} ${count === 1 ? "row was" : "rows were"} left out\n`);
    },
  };
}
