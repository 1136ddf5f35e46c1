import type { Issue, IssuePath } from "../../errors.ts";
import type { Position } from "../source.ts";

/** Text of a file a scenario names; undefined when there is none. */
export type ReadManifest = (name: string) => string | undefined;

/** Where a value that a manifest gave stands. */
export interface Origin {
  /** In the scenario. */
  readonly path: IssuePath;
  readonly position: Position;
}

/** A scenario with what the manifests it names state, still unread. */
export interface AppliedManifests {
  readonly value: unknown;
  readonly issues: readonly Issue[];
  readonly origins: readonly Origin[];
  /** What was taken from where, in words. */
  readonly assumptions: readonly string[];
}
