import { cheapestSchedule, type FleetSchedule, type ScheduleProblem } from "@replicast/sim-core/score";

const SLOTS_PER_WEEK = 10_080;
const SLOTS_PER_DAY = 1440;
const UNITS_MAX = 200;
/** Ten minutes from a request to a node that serves, ten until an empty one is gone: in slots of a minute. */
const START_SLOTS = 10;
const HOUR_SLOTS = 60;
/** Multiplier and increment of Numerical Recipes' generator modulo 2^32: any noise will do. */
const [MULTIPLIER, INCREMENT, MODULUS] = [1_664_525, 1_013_904_223, 2 ** 32];

/** A week of one-minute slots: days and nights between 5 and 195 units, with noise in every minute. */
export function weekProblem(minimumSlots: number): ScheduleProblem {
  let noise = 1;
  const demand = new Int32Array(SLOTS_PER_WEEK).map((_, slot) => {
    noise = (noise * MULTIPLIER + INCREMENT) % MODULUS;
    const wanted = 100 - 90 * Math.cos((2 * Math.PI * slot) / SLOTS_PER_DAY) + 20 * (noise / MODULUS - 0.5);
    return Math.max(0, Math.min(UNITS_MAX, Math.round(wanted)));
  });
  return {
    demand,
    initial: 20,
    maximum: UNITS_MAX,
    startSlots: START_SLOTS,
    slotCost: 60_000,
    startCost: 60_000 * START_SLOTS,
    stopCost: 60_000 * START_SLOTS,
    minimumSlots,
  };
}

/** The best schedule of a week, with machines billed by the second and by the hour. */
export function reportOptimum(): void {
  console.log("cheapest schedule of a week, one-minute slots, up to 200 units, one process");
  for (const [title, minimumSlots] of [
    ["billed by the second", 1],
    ["billed for an hour at least", HOUR_SLOTS],
  ] as const) {
    const problem = weekProblem(minimumSlots);
    const before = process.cpuUsage();
    const schedule: FleetSchedule = cheapestSchedule(problem);
    const { user, system } = process.cpuUsage(before);
    const unitHours = schedule.units.reduce((sum, units) => sum + units, 0) / HOUR_SLOTS;
    console.log(`${title.padEnd(28)} ${((user + system) / 1e6).toFixed(2)} CPU seconds, ${Math.round(unitHours)} unit-hours`);
  }
  console.log("");
}
