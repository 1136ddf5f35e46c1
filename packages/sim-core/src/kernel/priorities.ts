/**
 * The order of events at one instant, lowest first; within one priority, the order in which they were scheduled.
 * Between two priorities nothing is left to chance.
 */
export const Priority = {
  /** Steps end first: a completion at T frees its place for whatever happens at T. */
  IterationEnd: 0,
  /** Then lives change: a pod that becomes Ready at T can take an arrival at T; one that is killed at T has finished the step that ended at T. */
  LifeCycle: 1,
  /** Requests arrive, clients give up and try again: a token at T beats a time-out at T. */
  Arrival: 2,
  /** Steps start last among the work, so that they see every request that arrived at T. */
  IterationStart: 3,
  /** Metrics are read when the instant's work is done. */
  Scrape: 4,
  /** A controller that fires at T sees the scrape of T. */
  Decide: 5,
  /** Decisions take effect after all controllers have decided on the same world. */
  Apply: 6,
  /** Observation for the record, of the state in which the instant ends. */
  Sample: 7,
} as const;

export type PriorityValue = (typeof Priority)[keyof typeof Priority];
