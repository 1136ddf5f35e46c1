import type { ClientConfig, RetryBudgetConfig } from "./config.ts";

/** The window moves on by a tenth of itself. @see Finagle RetryBudget, whose token bucket has ten slices too */
const SLICES = 10;

/** Wait before the retry that follows the n-th attempt (from 0), without jitter. */
export function backoffSeconds({ backoffBaseSeconds, backoffMaxSeconds }: ClientConfig, attempt: number): number {
  let seconds = backoffBaseSeconds;
  for (let i = 0; i < attempt && seconds < backoffMaxSeconds; i++) seconds *= 2;
  return Math.min(seconds, backoffMaxSeconds);
}

/** Plain-data copy of a budget. */
export interface RetryBudgetState {
  readonly balances: Float64Array;
  readonly slice: number;
  readonly refused: number;
}

/**
 * What all callers of a deployment may retry: every request that arrives pays in its share, every retry takes out 1, and both are
 * forgotten after the window.
 */
export class RetryBudget {
  /** Retries that were not made for want of budget. */
  refused = 0;
  private readonly share: number;
  private readonly sliceSeconds: number;
  private readonly floor: number;
  /** Paid in minus taken out, per slice of time, in a ring. */
  private readonly balances = new Float64Array(SLICES);
  /** The slice that `balances` has come to. */
  private slice = 0;

  constructor({ share, windowSeconds, floorPerSecond }: RetryBudgetConfig) {
    this.share = share;
    this.sliceSeconds = windowSeconds / SLICES;
    this.floor = floorPerSecond * windowSeconds;
  }

  /** A request arrived. */
  payIn(nowSeconds: number): void {
    this.moveTo(nowSeconds);
    this.add(this.share);
  }

  /** Takes out one retry, if there is one. */
  take(nowSeconds: number): boolean {
    this.moveTo(nowSeconds);
    let balance = this.floor;
    for (let i = 0; i < SLICES; i++) balance += this.balances[i] as number;
    // five shares of 0.2 are one retry, whatever their sum's last bit says
    if (balance < 1 - 1e-9) {
      this.refused++;
      return false;
    }
    this.add(-1);
    return true;
  }

  save(): RetryBudgetState {
    return { balances: this.balances.slice(), slice: this.slice, refused: this.refused };
  }

  restore(state: RetryBudgetState): void {
    this.balances.set(state.balances);
    this.slice = state.slice;
    this.refused = state.refused;
  }

  private add(amount: number): void {
    const index = this.slice % SLICES;
    this.balances[index] = (this.balances[index] as number) + amount;
  }

  private moveTo(nowSeconds: number): void {
    const slice = Math.floor(nowSeconds / this.sliceSeconds);
    const passed = Math.min(SLICES, slice - this.slice);
    for (let i = 1; i <= passed; i++) this.balances[(slice - i + 1) % SLICES] = 0;
    this.slice = slice;
  }
}
