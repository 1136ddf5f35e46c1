import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Demand, fairRates } from "./fair-share.ts";

const flow = (capBytesPerSecond: number, ...links: string[]): Demand => ({ capBytesPerSecond, links });
const CAPACITY: Readonly<Record<string, number>> = { registry: 12, a: 6, b: 30 };
const capacityOf = (name: string): number => CAPACITY[name] as number;

describe("fair rates", () => {
  it.each([
    { demands: [flow(5)], rates: [5], because: "nothing but its cap holds a flow without links" },
    { demands: [flow(20, "registry"), flow(20, "registry")], rates: [6, 6], because: "two share a link equally" },
    { demands: [flow(2, "registry"), flow(20, "registry")], rates: [2, 10], because: "what one cannot take goes to the other" },
    {
      demands: [flow(20, "registry", "a"), flow(20, "registry", "a"), flow(20, "registry", "b")],
      rates: [3, 3, 6],
      because: "two are held by their node, the third gets what they leave",
    },
    { demands: [], rates: [], because: "no flow, no rate" },
  ])("are $rates: $because", ({ demands, rates }) => {
    expect(fairRates(demands, capacityOf)).toEqual(rates);
  });

  const demands = fc.array(
    fc.record({
      capBytesPerSecond: fc.integer({ min: 1, max: 50 }),
      links: fc.subarray(["registry", "a", "b"]),
    }),
    { maxLength: 12 },
  );

  it("overload no link, and leave no flow that could have more", () => {
    fc.assert(
      fc.property(demands, (flows) => {
        const rates = fairRates(flows, capacityOf);
        const loadOf = (name: string): number =>
          flows.reduce((sum, { links }, i) => sum + (links.includes(name) ? (rates[i] as number) : 0), 0);
        flows.forEach(({ capBytesPerSecond, links }, i) => {
          const rate = rates[i] as number;
          expect(rate).toBeGreaterThan(0);
          expect(rate).toBeLessThanOrEqual(capBytesPerSecond);
          for (const name of links) expect(loadOf(name)).toBeLessThanOrEqual(capacityOf(name) * (1 + 1e-12));
          const isHeld = links.some((name) => {
            const most = Math.max(...flows.map((other, j) => (other.links.includes(name) ? (rates[j] as number) : 0)));
            return loadOf(name) >= capacityOf(name) * (1 - 1e-12) && rate >= most * (1 - 1e-12);
          });
          expect(rate === capBytesPerSecond || isHeld).toBe(true);
        });
      }),
    );
  });
});
