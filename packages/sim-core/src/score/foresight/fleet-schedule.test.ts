import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cheapestSchedule, type ScheduleProblem } from "./fleet-schedule.ts";
import { scheduleByLevels } from "./schedule-levels.ts";
import { scheduleByPaths } from "./schedule-paths.ts";

const problem = (demand: readonly number[], more: Partial<ScheduleProblem> = {}): ScheduleProblem => ({
  demand: Int32Array.from(demand),
  initial: 0,
  maximum: 4,
  startSlots: 0,
  slotCost: 10,
  startCost: 25,
  stopCost: 5,
  minimumSlots: 1,
  ...more,
});

describe("a gap in the demand", () => {
  it.each([
    { gap: 2, units: [1, 1, 1, 1], cost: 25 + 40, because: "to keep a unit for two slots is cheaper than to stop and start" },
    { gap: 3, units: [1, 1, 1, 1, 1], cost: 25 + 50, because: "it costs the same, and nothing is stirred" },
    { gap: 4, units: [1, 0, 0, 0, 0, 1], cost: 25 + 5 + 25 + 20, because: "four slots cost more than a stop and a start" },
  ])("of $gap slots: $because", ({ gap, units, cost }) => {
    const schedule = cheapestSchedule(problem([1, ...new Array<number>(gap).fill(0), 1]));
    expect([...schedule.units]).toEqual(units);
    expect(schedule.cost).toBe(cost);
  });
});

it("takes over a unit that has used up its minimum in place of one that has just started", () => {
  // Two are wanted for one slot only: the second starts there, is paid for four, and the first stops instead.
  const schedule = cheapestSchedule(problem([1, 1, 1, 2, 1, 1, 1], { minimumSlots: 4, startCost: 0, stopCost: 0 }));
  expect([...schedule.units]).toEqual([1, 1, 1, 2, 1, 1, 1]);
  expect(schedule.cost).toBe(80);
});

it("counts the slots that nobody could have covered, and covers the rest", () => {
  const schedule = cheapestSchedule(problem([2, 2, 9, 1], { initial: 1, startSlots: 2 }));
  expect([...schedule.units]).toEqual([1, 1, 4, 1]);
  expect(schedule.shortSlots).toBe(3);
});

describe("on random small cases", () => {
  it("costs what the cheapest of all schedules costs", () => {
    fc.assert(
      fc.property(smallProblem(4), (small) => {
        const found = cheapestSchedule(small);
        expect(found.cost).toBe(exhaustiveCost(small));
        expect(isCovered(small, found.units)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it("is the same by levels and by paths where units have no minimum", () => {
    fc.assert(
      fc.property(smallProblem(1), (small) => {
        const demand = small.demand.map((wanted, slot) => Math.min(wanted, slot < small.startSlots ? small.initial : small.maximum));
        expect(scheduleByPaths({ ...small, demand }).cost).toBe(scheduleByLevels({ ...small, demand }).cost);
      }),
    );
  });
});

function smallProblem(minimumMost: number): fc.Arbitrary<ScheduleProblem> {
  return fc
    .record({
      demand: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 7 }),
      initial: fc.integer({ min: 0, max: 2 }),
      maximum: fc.integer({ min: 2, max: 3 }),
      startSlots: fc.integer({ min: 0, max: 3 }),
      slotCost: fc.integer({ min: 1, max: 9 }),
      startCost: fc.integer({ min: 0, max: 30 }),
      stopCost: fc.integer({ min: 0, max: 15 }),
      minimumSlots: fc.integer({ min: 1, max: minimumMost }),
    })
    .map(({ demand, ...rest }) => ({ ...rest, demand: Int32Array.from(demand) }));
}

function isCovered({ demand, initial, maximum, startSlots }: ScheduleProblem, units: Int32Array): boolean {
  return demand.every((wanted, slot) => (units[slot] as number) >= Math.min(wanted, slot < startSlots ? initial : maximum));
}

/** Every way to start and stop units, slot by slot. Ages count to the minimum; the oldest are as good as any other to stop. */
function exhaustiveCost(small: ScheduleProblem): number {
  const { demand, initial, maximum, startSlots, slotCost, startCost, stopCost, minimumSlots } = small;
  const known = new Map<string, number>();
  const from = (slot: number, ages: readonly number[]): number => {
    if (slot === demand.length) return 0;
    const key = `${slot}/${ages.join()}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const wanted = Math.min(demand[slot] as number, slot < startSlots ? initial : maximum);
    const free = ages.filter((age) => age >= minimumSlots).length;
    let best = Number.POSITIVE_INFINITY;
    for (let stops = 0; stops <= free; stops++) {
      const kept = [...ages].sort((a, b) => b - a).slice(stops);
      const startsMost = slot < startSlots ? 0 : maximum - kept.length;
      for (let starts = 0; starts <= startsMost; starts++) {
        const count = kept.length + starts;
        if (count < wanted) continue;
        const next = [...kept, ...new Array<number>(starts).fill(0)].map((age) => Math.min(age + 1, minimumSlots));
        best = Math.min(best, stops * stopCost + starts * startCost + count * slotCost + from(slot + 1, next));
      }
    }
    known.set(key, best);
    return best;
  };
  return from(0, new Array<number>(initial).fill(minimumSlots));
}
