import { scheduleByLevels } from "./schedule-levels.ts";
import { scheduleByPaths } from "./schedule-paths.ts";

/**
 * How many units (replicas, or nodes of several) a known demand needs in each slot of time, and what they cost. A unit that starts
 * is asked for so early that it is ready at the beginning of a slot. All costs are whole numbers of one small unit of money.
 */
export interface ScheduleProblem {
  /** Units wanted in each slot. */
  readonly demand: Int32Array;
  /** Units that are ready at the start of the first slot. */
  readonly initial: number;
  /** Most units at any time; at least `initial`. */
  readonly maximum: number;
  /** Slots at the beginning in which nothing asked for in the run can be ready. */
  readonly startSlots: number;
  /** A ready unit for one slot. */
  readonly slotCost: number;
  /** A start: what is paid before a unit is ready. */
  readonly startCost: number;
  /** A stop: what is paid after. Nothing is paid for units that last to the end. */
  readonly stopCost: number;
  /** Slots for which a unit that has started is paid at least; 1: none beyond what it is used for. */
  readonly minimumSlots: number;
}

export interface FleetSchedule {
  /** Paid and ready in each slot. */
  readonly units: Int32Array;
  readonly cost: number;
  /** Slots in which the demand is above what could be ready: more than the maximum, or before the first start is over. */
  readonly shortSlots: number;
}

/**
 * The cheapest schedule that covers a demand, as far as it can be covered at all. Exact: units are alike, so without a minimum
 * each level of the demand can be decided alone; with one the units are paths through time that share the room above the demand.
 */
export function cheapestSchedule(problem: ScheduleProblem): FleetSchedule {
  const demand = coverable(problem);
  let shortSlots = 0;
  problem.demand.forEach((wanted, slot) => {
    if (wanted > (demand[slot] as number)) shortSlots++;
  });
  const units = problem.minimumSlots > 1 ? scheduleByPaths({ ...problem, demand }) : scheduleByLevels({ ...problem, demand });
  return { ...units, shortSlots };
}

/** What of the demand any schedule could cover. */
function coverable({ demand, initial, maximum, startSlots }: ScheduleProblem): Int32Array {
  return demand.map((wanted, slot) => Math.min(wanted, slot < startSlots ? initial : maximum));
}
