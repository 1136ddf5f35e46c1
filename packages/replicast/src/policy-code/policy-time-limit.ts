import { type Issue, LimitError } from "@replicast/sim-core";

/** A policy's program did not answer in time. The run ends: what would have been decided is not known. */
export class PolicyTimeLimitError extends LimitError {
  /** The same, with the program and the end of its standard error. */
  readonly issue: Issue;

  /** @param timeSeconds simulated time; NaN before the run */
  constructor(timeSeconds: number, limitSeconds: number, issue: Issue) {
    super("policy_time_limit", timeSeconds, limitSeconds);
    this.name = "PolicyTimeLimitError";
    this.issue = issue;
  }
}
