import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RetryBudget } from "./retry-budget.ts";

describe("a retry budget", () => {
  it.each([
    { requests: 4, retries: 0, because: "four shares of 0.2 are less than a retry" },
    { requests: 5, retries: 1, because: "five are one" },
    { requests: 100, retries: 20, because: "a fifth of the requests, and no more" },
  ])("allows $retries retries after $requests requests: $because", ({ requests, retries }) => {
    const budget = new RetryBudget({ share: 0.2, windowSeconds: 10, floorPerSecond: 0 });
    for (let i = 0; i < requests; i++) budget.payIn(3);
    let allowed = 0;
    for (let i = 0; i < requests; i++) if (budget.take(4)) allowed++;
    expect(allowed).toBe(retries);
    expect(budget.refused).toBe(requests - retries);
  });

  it("allows its floor without any request, and again when the window has passed", () => {
    const budget = new RetryBudget({ share: 0, windowSeconds: 10, floorPerSecond: 0.2 });
    const at = (seconds: number): boolean => budget.take(seconds);
    expect([at(0), at(0), at(9.9), at(10.5), at(10.6), at(10.7)]).toEqual([true, true, false, true, true, false]);
  });

  it("forgets requests after its window", () => {
    const budget = new RetryBudget({ share: 1, windowSeconds: 10, floorPerSecond: 0 });
    budget.payIn(0.5);
    expect(budget.take(10.1)).toBe(false);
  });

  it("never lets through more than its share of any window, and forgets nothing when saved", () => {
    const events = fc.array(fc.tuple(fc.double({ min: 0, max: 3, noNaN: true }), fc.boolean()), { maxLength: 200 });
    fc.assert(
      fc.property(events, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (gaps, share, floor) => {
        let budget = new RetryBudget({ share, windowSeconds: 10, floorPerSecond: floor });
        let nowSeconds = 0;
        const requests: number[] = [];
        const retries: number[] = [];
        for (const [gapSeconds, isRetry] of gaps) {
          nowSeconds += gapSeconds;
          if (!isRetry) {
            budget.payIn(nowSeconds);
            requests.push(nowSeconds);
            continue;
          }
          const copy = new RetryBudget({ share, windowSeconds: 10, floorPerSecond: floor });
          copy.restore(structuredClone(budget.save()));
          budget = copy;
          if (budget.take(nowSeconds)) retries.push(nowSeconds);
          // the window is made of whole seconds, the running one included
          const since = Math.floor(nowSeconds) - 9;
          const within = (seconds: number): boolean => seconds >= since;
          expect(retries.filter(within).length).toBeLessThanOrEqual(share * requests.filter(within).length + floor * 10 + 1e-6);
        }
      }),
    );
  });
});
