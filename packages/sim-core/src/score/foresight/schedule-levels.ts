import type { FleetSchedule, ScheduleProblem } from "./fleet-schedule.ts";

/**
 * The cheapest schedule where units have no minimum. Starts and stops of a count are those of its levels (level k is on while the
 * count is at least k), so its cost is the sum over levels, and the cheapest count is made of the cheapest levels: the gaps of a
 * higher level contain those of a lower one, hence a level that stays on through a gap finds the lower ones on. Two states a level
 * and slot: time and memory grow with slots × units.
 * @param problem its demand can be covered
 */
export function scheduleByLevels(problem: ScheduleProblem): Pick<FleetSchedule, "units" | "cost"> {
  const { demand } = problem;
  const units = new Int32Array(demand.length);
  const choices = new Uint8Array(demand.length);
  const levels = Math.max(
    problem.initial,
    demand.reduce((most, wanted) => Math.max(most, wanted), 0),
  );
  let cost = 0;
  for (let level = 1; level <= levels; level++) cost += addLevel(problem, level, choices, units);
  return { units, cost };
}

/** Bits of a slot's choice: where the cheapest way to be on, or off, in this slot comes from. */
const ON_FROM_ON = 1;
const OFF_FROM_OFF = 2;

/** Decides one level and adds it to the count. @param choices scratch, one per slot @returns its cost */
function addLevel(problem: ScheduleProblem, level: number, choices: Uint8Array, units: Int32Array): number {
  const { demand, initial, startSlots, slotCost, startCost, stopCost } = problem;
  let on = level <= initial ? 0 : Number.POSITIVE_INFINITY;
  let off = level <= initial ? Number.POSITIVE_INFINITY : 0;
  for (let slot = 0; slot < demand.length; slot++) {
    const started = slot < startSlots ? Number.POSITIVE_INFINITY : off + startCost;
    const stopped = on + stopCost;
    // On ties a unit stays as it is, at every level alike: levels stay nested.
    const isKept = on <= started;
    const isAbsent = off <= stopped;
    choices[slot] = (isKept ? ON_FROM_ON : 0) | (isAbsent ? OFF_FROM_OFF : 0);
    const nowOn = (isKept ? on : started) + slotCost;
    const nowOff = (demand[slot] as number) >= level ? Number.POSITIVE_INFINITY : isAbsent ? off : stopped;
    on = nowOn;
    off = nowOff;
  }
  let isOn = on <= off;
  for (let slot = demand.length - 1; slot >= 0; slot--) {
    if (isOn) units[slot] = (units[slot] as number) + 1;
    const bits = choices[slot] as number;
    isOn = isOn ? (bits & ON_FROM_ON) !== 0 : (bits & OFF_FROM_OFF) === 0;
  }
  return Math.min(on, off);
}
