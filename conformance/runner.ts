/** What running the cases of one vector file gave. */
export interface Tally {
  readonly suite: string;
  readonly file: string;
  readonly passed: number;
  readonly total: number;
  /** Name of each failing case, with what was wrong, in file order. */
  readonly failures: ReadonlyMap<string, string>;
}

/** Where the cases come from and how one is told right from wrong. */
export interface VectorFile<Case> {
  readonly suite: string;
  readonly file: string;
  readonly cases: readonly Case[];
  readonly name: (vector: Case) => string;
  /** Undefined when the case passes, otherwise what was wrong. An exception counts as a failure. */
  readonly check: (vector: Case) => string | undefined;
}

/** Runs every case and returns the counts. */
export function runVectors<Case>({ suite, file, cases, name, check }: VectorFile<Case>): Tally {
  const failures = new Map<string, string>();
  for (const vector of cases) {
    const wrong = outcome(check, vector);
    if (wrong !== undefined) failures.set(name(vector), wrong);
  }
  return { suite, file, passed: cases.length - failures.size, total: cases.length, failures };
}

function outcome<Case>(check: (vector: Case) => string | undefined, vector: Case): string | undefined {
  try {
    return check(vector);
  } catch (error) {
    return `threw ${error instanceof Error ? error.message : String(error)}`;
  }
}
