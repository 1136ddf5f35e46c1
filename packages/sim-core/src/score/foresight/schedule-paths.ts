import type { FleetSchedule, ScheduleProblem } from "./fleet-schedule.ts";
import { PathNetwork } from "./path-network.ts";

/**
 * The cheapest schedule where a unit that starts is paid for at least some slots. Every unit is a path through time, off or on; a
 * start leads past its minimum at once. In a slot only so many paths may be off as are not wanted: that is all the demand says, and
 * it makes the problem one of cheapest flow, which has whole numbers for its solution. Units are added one cheapest path after
 * another, each of which may re-arrange those before it.
 * @param problem its demand can be covered
 */
export function scheduleByPaths(problem: ScheduleProblem): Pick<FleetSchedule, "units" | "cost"> {
  const { demand, initial, maximum, startSlots, slotCost, startCost, stopCost, minimumSlots } = problem;
  const slots = demand.length;
  const off = (slot: number): number => slot;
  const on = (slot: number): number => slots + 1 + slot;
  const source = 2 * (slots + 1);
  const sink = source + 1;
  const network = new PathNetwork(sink + 1, 4 * slots + 4);
  network.add(source, on(0), initial, 0);
  network.add(source, off(0), maximum - initial, 0);
  for (let slot = 0; slot < slots; slot++) {
    network.add(off(slot), off(slot + 1), maximum - (demand[slot] as number), 0);
    network.add(on(slot), on(slot + 1), maximum, slotCost);
    network.add(on(slot), off(slot), maximum, stopCost);
    const past = Math.min(slots, slot + minimumSlots);
    if (slot >= startSlots) network.add(off(slot), on(past), maximum, startCost + (past - slot) * slotCost);
  }
  network.add(off(slots), sink, maximum, 0);
  network.add(on(slots), sink, maximum, 0);
  const cost = network.send(source, sink, maximum);
  const units = new Int32Array(slots);
  // Off in a slot are the paths on its off arc: the third arc added for it, after the two of the source.
  let arc = 2;
  for (let slot = 0; slot < slots; slot++) {
    units[slot] = maximum - network.flow(arc);
    arc += slot >= startSlots ? 4 : 3;
  }
  return { units, cost };
}
