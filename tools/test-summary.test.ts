import { expect, it } from "vitest";
import { summaryLine } from "./test-summary.mjs";

it.each([
  {
    report: { numPassedTests: 5, numFailedTests: 0, numPendingTests: 2, numTodoTests: 1 },
    exitCode: 0,
    line: "5 passed, 0 failed, 3 skipped",
    because: "todo is skipped",
  },
  {
    report: { numPassedTests: 5, numFailedTests: 2 },
    exitCode: 1,
    line: "5 passed, 2 failed, 0 skipped",
    because: "failures are counted once",
  },
  {
    report: { numPassedTests: 5, numFailedTests: 0, numFailedTestSuites: 3 },
    exitCode: 1,
    line: "5 passed, 3 failed, 0 skipped",
    because: "files that do not load fail",
  },
  { report: undefined, exitCode: 134, line: "0 passed, 1 failed, 0 skipped", because: "a crash leaves no report" },
])("says `$line`: $because", ({ report, exitCode, line }) => {
  expect(summaryLine(report, exitCode)).toBe(line);
});
