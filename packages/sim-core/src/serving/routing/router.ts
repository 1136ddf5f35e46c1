/** Chooses where an attempt goes. Candidates are replica indices. */
export interface Router {
  /** Makes a replica a candidate. */
  add(replica: number, inFlight: number): void;
  remove(replica: number): void;
  /** The attempts a candidate holds have changed. */
  update(replica: number, inFlight: number): void;
  /** The chosen candidate, or −1 when there is none with fewer than `maxInFlight` attempts. */
  pick(maxInFlight: number): number;
}
