// 2^52: the sum of two such numbers is still exact in a double.
const SPILL_AT = 4_503_599_627_370_496;

/**
 * An exact sum of non-negative whole numbers of any size: plain arithmetic while it fits a double, spilled into a
 * BigInt before it does not.
 */
export class ExactSum {
  #low = 0;
  #high = 0n;

  /** @param amount whole number in [0, 2^52] */
  add(amount: number): void {
    this.#low += amount;
    if (this.#low < SPILL_AT) return;
    this.#high += BigInt(this.#low);
    this.#low = 0;
  }

  total(): bigint {
    return this.#high + BigInt(this.#low);
  }

  save(): string {
    return this.total().toString();
  }

  restore(saved: string): void {
    this.#low = 0;
    this.#high = BigInt(saved);
  }
}
