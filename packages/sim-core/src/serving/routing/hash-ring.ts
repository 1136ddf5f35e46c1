/** Points of each replica on the ring: the shares of n replicas then differ by about 1 ÷ √128 = 9 %. */
const POINTS_PER_REPLICA = 128;
/** Replica indices stay below this, so that hash and index fit the 53 bits of a number. */
const REPLICA_RANGE = 0x20_0000;

/**
 * Consistent hashing: a key belongs to the first point at or after its hash. When a replica leaves, only its keys
 * move; when one joins, only those it takes.
 * @see Karger et al., "Consistent hashing and random trees", 1997
 */
export class HashRing {
  private readonly replicas = new Set<number>();
  /** hash × 2^21 + replica, ascending; rebuilt after a change when it is next asked. */
  private points = new Float64Array(0);
  private isStale = false;

  add(replica: number): void {
    this.replicas.add(replica);
    this.isStale = true;
  }

  remove(replica: number): void {
    this.isStale = this.replicas.delete(replica) || this.isStale;
  }

  /**
   * The first replica at or after the key that is accepted; −1 when none is.
   * @param key whole number ≥ 0
   */
  find(key: number, isAccepted: (replica: number) => boolean): number {
    if (this.isStale) this.rebuild();
    const { points } = this;
    const from = this.firstFrom(hash(key) * REPLICA_RANGE);
    let refused = -1;
    for (let i = 0; i < points.length; i++) {
      const replica = (points[(from + i) % points.length] as number) % REPLICA_RANGE;
      // neighbouring points are often of the same replica, which needs no second question
      if (replica === refused) continue;
      if (isAccepted(replica)) return replica;
      refused = replica;
    }
    return -1;
  }

  private firstFrom(value: number): number {
    const { points } = this;
    let low = 0;
    let high = points.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((points[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private rebuild(): void {
    const points = new Float64Array(this.replicas.size * POINTS_PER_REPLICA);
    let count = 0;
    for (const replica of this.replicas) {
      for (let i = 0; i < POINTS_PER_REPLICA; i++) {
        points[count++] = hash(replica * POINTS_PER_REPLICA + i + 0x1_0000_0000) * REPLICA_RANGE + replica;
      }
    }
    this.points = points.sort();
    this.isStale = false;
  }
}

/** 32 well-mixed bits of a whole number below 2^53. @see Appleby, MurmurHash3, 32-bit finaliser */
export function hash(key: number): number {
  return mix((mix(Math.floor(key / 0x1_0000_0000) + 0x9e37_79b9) ^ (key % 0x1_0000_0000)) >>> 0);
}

function mix(value: number): number {
  let bits = value >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
