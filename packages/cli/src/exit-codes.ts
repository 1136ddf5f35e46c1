/** What the command's exit status says; scripts and CI rely on these numbers. */
export const EXIT_CODES = {
  /** Done; every binding threshold passed. */
  good: 0,
  /** A defect of ours. */
  internal: 1,
  /** The input was refused: scenario, trace, manifest, option. */
  badInput: 2,
  /** Done, but a binding threshold failed. */
  thresholdFailed: 3,
  /** The event budget or the time limit did not suffice. */
  limitExceeded: 4,
  /** A sweep is over, but some of its cells failed. */
  cellsFailed: 5,
  /** A sweep was interrupted; it can be resumed. As shells write an end by SIGINT. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];
