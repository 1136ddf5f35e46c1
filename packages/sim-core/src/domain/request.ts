/** One request as traffic produces it. Sources fill the same object again and again: copy what must be kept. */
export interface RequestRecord {
  /** Seconds since the start of the run; never decreasing within a source. */
  arrivalSeconds: number;
  /** Tokens of the prompt, ≥ 1. */
  promptTokens: number;
  /** Tokens the answer will have, ≥ 1. */
  outputTokens: number;
}

/**
 * A synchronous stream of requests in order of arrival. Its state is plain data, so a run can be saved between
 * any two requests and continued.
 */
export interface RequestSource {
  /** Fills `into` with the next request; false when there is none left. */
  next(into: RequestRecord): boolean;
  save(): import("../errors.ts").Json;
  restore(state: import("../errors.ts").Json): void;
}

/** How a request ended. `inFlight`: had not ended when the run did. */
export type RequestFate = "completed" | "rejected" | "timedOut" | "cutOff" | "cancelled" | "inFlight";

/** Fates in the order in which tables show them. */
export const REQUEST_FATES: readonly RequestFate[] = ["completed", "rejected", "timedOut", "cutOff", "cancelled", "inFlight"];

/** Position of a fate in {@link REQUEST_FATES}. */
export function fateIndex(fate: RequestFate): number {
  switch (fate) {
    case "completed":
      return 0;
    case "rejected":
      return 1;
    case "timedOut":
      return 2;
    case "cutOff":
      return 3;
    case "cancelled":
      return 4;
    case "inFlight":
      return 5;
  }
}
