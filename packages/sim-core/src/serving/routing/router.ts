/** Plain-data copy of what a router remembers beside its candidates. */
export type RouterState = readonly (readonly number[])[];

/**
 * Chooses where an attempt goes. Candidates are replica indices; whoever restores a router adds its candidates again
 * first. A choice counts: the attempt is sent where `pick` says.
 */
export interface Router {
  /** Makes a replica a candidate. */
  add(replica: number, inFlight: number): void;
  remove(replica: number): void;
  /** The attempts a candidate holds have changed. */
  update(replica: number, inFlight: number): void;
  /** The candidate for the attempt in a slot, or −1 when there is none with fewer than `maxInFlight` attempts. */
  pick(slot: number, maxInFlight: number): number;
  save(): RouterState;
  restore(state: RouterState): void;
}

/** For routers that remember nothing but their candidates. */
export const STATELESS: Pick<Router, "save" | "restore"> = { save: () => [], restore: () => {} };
