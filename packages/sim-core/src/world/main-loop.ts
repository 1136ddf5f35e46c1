import type { Kernel } from "../kernel/kernel.ts";
import { Priority } from "../kernel/priorities.ts";
import type { Fleet } from "../serving/fleet.ts";

export interface MainLoopParts {
  readonly kernel: Kernel;
  readonly fleet: Fleet;
  /** Time of the next thing that somebody who sends requests does. */
  readonly traffic: { readonly peekSeconds: number };
  /** Takes the next request of the traffic. */
  readonly arrive: () => void;
  /** Takes the next event of the queue. */
  readonly dispatch: () => void;
}

/** Decides whose turn it is: of the fleet, of the traffic or of the event queue. */
export class MainLoop {
  private readonly parts: MainLoopParts;

  constructor(parts: MainLoopParts) {
    this.parts = parts;
  }

  /** Handles everything before a time. */
  runTo(untilSeconds: number): void {
    const { kernel, fleet, traffic, arrive, dispatch } = this.parts;
    const { queue } = kernel;
    for (;;) {
      const queueSeconds = queue.headTimeSeconds;
      const arrivalSeconds = traffic.peekSeconds;
      const otherSeconds = queueSeconds < arrivalSeconds ? queueSeconds : arrivalSeconds;
      const fleetSeconds = fleet.nextSeconds;
      const seconds = fleetSeconds < otherSeconds ? fleetSeconds : otherSeconds;
      if (seconds >= untilSeconds) return;
      kernel.advanceTo(seconds);
      if (fleetSeconds < otherSeconds) {
        this.runReplica();
        continue;
      }
      if (arrivalSeconds < fleetSeconds && arrivalSeconds < queueSeconds) {
        arrive();
        continue;
      }
      // at one instant: by priority; with equal priority the fleet, then the traffic, then the queue
      const fleetPriority = fleetSeconds === seconds ? fleet.nextPriority : Number.POSITIVE_INFINITY;
      const arrivalPriority = arrivalSeconds === seconds ? Priority.Arrival : Number.POSITIVE_INFINITY;
      const queuePriority = queueSeconds === seconds ? queue.headPriority : Number.POSITIVE_INFINITY;
      if (fleetPriority <= arrivalPriority && fleetPriority <= queuePriority) this.runReplica();
      else if (arrivalPriority <= queuePriority) arrive();
      else dispatch();
    }
  }

  /**
   * The fleet's next event. The start of a step follows the end of the one before it at once when nothing else happens
   * at that instant; otherwise it waits for its turn.
   */
  private runReplica(): void {
    const { kernel, fleet, traffic } = this.parts;
    const { nowSeconds } = kernel;
    const index = fleet.nextReplica;
    const isEnd = fleet.nextPriority === Priority.IterationEnd;
    const replica = fleet.get(index);
    replica.onEvent();
    if (
      isEnd &&
      replica.nextSeconds === nowSeconds &&
      kernel.queue.headTimeSeconds > nowSeconds &&
      traffic.peekSeconds > nowSeconds &&
      fleet.isAlone(index)
    ) {
      kernel.advanceTo(nowSeconds);
      replica.onEvent();
    }
    // a draining replica that has become empty is gone by now
    if (fleet.has(index)) fleet.reschedule(index);
  }
}
