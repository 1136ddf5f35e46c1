import type { FaultConfig, MomentFault, WindowFault } from "../cluster/fault-config.ts";
import { createSampler } from "../random/distributions.ts";
import { Streams } from "../random/streams.ts";
import type { Plan } from "../scenario/plan.ts";

/** One time at which a fault strikes, or one window in which it lasts: then [fromSeconds, toSeconds). */
export interface FaultOccurrence<Fault extends FaultConfig = FaultConfig> {
  readonly fault: Fault;
  readonly fromSeconds: number;
  /** The same as the beginning for a fault of a moment. */
  readonly toSeconds: number;
  /** Number in [0, 1) that says whom a repeated fault hits; absent for one that is written down. */
  readonly pick?: number;
}

const MOMENTS: readonly string[] = [
  "containerRestart",
  "podCrash",
  "oomKill",
  "nodeLoss",
  "spotReclaim",
  "nodeDrain",
  "controllerRestart",
] satisfies readonly MomentFault["kind"][];

export const isMoment = (fault: FaultConfig): fault is MomentFault => MOMENTS.includes(fault.kind);

export function isWindowOf<Kind extends WindowFault["kind"]>(
  occurrence: FaultOccurrence,
  kind: Kind,
): occurrence is FaultOccurrence<Extract<WindowFault, { readonly kind: Kind }>> {
  return occurrence.fault.kind === kind;
}

/**
 * When every fault of a plan happens: a function of plan and seed alone, so it is the same for every policy and needs
 * no place in a saved run. A repeated fault draws from the stream `faults/<kind>/<n-th of its kind>`.
 */
export function faultTimes({
  faults,
  seed,
  durationSeconds,
}: Pick<Plan, "faults" | "seed" | "durationSeconds">): readonly FaultOccurrence[] {
  const streams = new Streams(seed);
  const seen = new Map<string, number>();
  return faults.flatMap((fault) => {
    const ordinal = seen.get(fault.kind) ?? 0;
    seen.set(fault.kind, ordinal + 1);
    if (!("everySeconds" in fault)) return [onceOf(fault)];
    return repeated(fault, streams.get(`faults/${fault.kind}/${ordinal}`), durationSeconds);
  });
}

type Once = Exclude<FaultConfig, { readonly everySeconds: unknown }>;
type Repeated = Extract<FaultConfig, { readonly everySeconds: unknown }>;

function onceOf(fault: Once): FaultOccurrence {
  if ("atSeconds" in fault) return { fault, fromSeconds: fault.atSeconds, toSeconds: fault.atSeconds };
  return { fault, fromSeconds: fault.fromSeconds, toSeconds: fault.toSeconds };
}

function repeated(fault: Repeated, stream: ReturnType<Streams["get"]>, durationSeconds: number): readonly FaultOccurrence[] {
  const found: FaultOccurrence[] = [];
  const gap = createSampler(fault.everySeconds);
  const length = "forSeconds" in fault ? createSampler(fault.forSeconds) : undefined;
  const untilSeconds = Math.min(fault.toSeconds, durationSeconds);
  // three numbers each time, so that a window's length or its target moves no later one
  for (let at = fault.fromSeconds + gap.quantile(stream.uniform()); at < untilSeconds; ) {
    const seconds = stream.uniform();
    const toSeconds = length === undefined ? at : Math.min(untilSeconds, at + length.quantile(seconds));
    found.push({ fault, fromSeconds: at, toSeconds, pick: stream.uniform() });
    at = toSeconds + gap.quantile(stream.uniform());
  }
  return found;
}
