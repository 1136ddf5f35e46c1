import type { ComparisonResult } from "@replicast/sim-core";

/** What a comparison came to, small enough to read in a review. */
export interface Digest {
  readonly scenario: string;
  readonly exitCode: number;
  readonly verdict: string;
  readonly ranking: readonly string[];
  readonly policies: Readonly<Record<string, object>>;
}

export interface Outcome {
  /** 0, or 3 when a binding threshold failed. */
  readonly exitCode: number;
  readonly comparison: ComparisonResult;
}

/** Folders of scenarios/ with a scenario.yaml, and FOLDER/CASE of those with several scenarios, in order. */
export function scenarioNames(): readonly string[];
/** Files of the data folder that the scenario names and that are not there. */
export function missingData(name: string, dataFolder?: string): readonly string[];
/** Whether some of its traffic comes from users who wait for their answers. */
export function hasUsers(name: string): boolean;
/** Runs the built command. @param options further ones, such as --set and its value @throws Error with its messages when it did not end well */
export function compareScenario(name: string, options?: readonly string[]): Outcome;
export function digestOf(outcome: Outcome): Digest;
/** The expected digest, or undefined when there is none yet. */
export function expectedDigest(name: string): Digest | undefined;
/** Every leaf that differs, as `path: before → after (+x %)`. */
export function differences(before: unknown, after: unknown, path?: string): readonly string[];
