/** What the test runner's JSON report holds of interest here. */
export interface TestReport {
  readonly numPassedTests?: number;
  readonly numFailedTests?: number;
  readonly numPendingTests?: number;
  readonly numTodoTests?: number;
  readonly numFailedTestSuites?: number;
}

/** The one line a machine reads. */
export function summaryLine(report: TestReport | undefined, exitCode: number): string;
