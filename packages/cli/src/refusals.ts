import { InputError, type Issue } from "replicast";

/** Collects what several independent steps refuse, so that a user meets all of it at once. */
export interface Refusals {
  /** Runs a step; what it refuses is kept, everything else it throws is thrown. @returns undefined when it was refused */
  readonly collect: <T>(step: () => T | Promise<T>) => Promise<T | undefined>;
  /** @throws InputError with all issues, when there are any */
  readonly throwAny: () => void;
}

/** Begins a collection. */
export function createRefusals(): Refusals {
  const issues: Issue[] = [];
  return {
    async collect(step) {
      try {
        return await step();
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        issues.push(...error.issues);
        return undefined;
      }
    },
    throwAny() {
      if (issues.length > 0) throw new InputError(issues);
    },
  };
}
