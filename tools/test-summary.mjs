// Prints "N passed, N failed, N skipped" from the test runner's JSON report.
// A run that failed without a failed test (a file that does not load, a crash) counts as one failure, never as none.
import { existsSync, readFileSync } from "node:fs";

/** @type {import("./test-summary.mjs").summaryLine} */
export function summaryLine(report, exitCode) {
  const passed = report?.numPassedTests ?? 0;
  const failed = report?.numFailedTests ?? 0;
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  const counted = failed === 0 && exitCode !== 0 ? Math.max(1, report?.numFailedTestSuites ?? 0) : failed;
  return `${passed} passed, ${counted} failed, ${skipped} skipped`;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [, , file, exitCode] = process.argv;
  const report = file !== undefined && existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  console.log(summaryLine(report, Number(exitCode ?? 0)));
}
