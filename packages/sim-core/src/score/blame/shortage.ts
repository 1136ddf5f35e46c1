import type { BlameCause } from "./causes.ts";
import { causeCode } from "./causes.ts";
import { type DecisionContext, DecisionReader } from "./decisions.ts";
import { Onsets } from "./onsets.ts";
import type { Outage, PodTimes } from "./pod-stages.ts";
import { firstSecond } from "./second-counts.ts";

/** One deployment, second by second. */
export interface DeploymentSeconds {
  /** required(t). */
  readonly required: Float64Array;
  /** What the load of the last moments alone requires. */
  readonly arrived: Float64Array;
  /** Replicas that requests could reach. */
  readonly reachable: Float64Array;
}

const HALF = 0.5;
const FORESIGHT: number = /* @__PURE__ */ causeCode("foresight");

/**
 * For each second in which fewer replicas could be reached than required: what the next missing one was held up by. That is the one, of
 * those that were on their way, that could be reached first; when none was on its way, the decision that did not ask for it.
 * @returns codes of causes by second, 0 where there were enough
 */
export function shortageBySecond(
  { required, arrived, reachable }: DeploymentSeconds,
  pods: readonly PodTimes[],
  scaling: DecisionContext,
  gapSeconds: number,
): Uint8Array {
  const causes = new Uint8Array(required.length);
  const outages = new OutageReader(pods.flatMap((pod) => pod.outages));
  const decisions = new DecisionReader(scaling);
  const onsets = new Onsets(required, arrived, gapSeconds);
  for (let second = 0; second < required.length; second++) {
    onsets.advanceTo(second);
    outages.advanceTo(second);
    const ready = reachable[second] as number;
    if (ready >= (required[second] as number)) continue;
    decisions.advanceTo(second + HALF);
    const onTheWay = outages.nearest();
    causes[second] = onTheWay > 0 ? onTheWay : undecidedCause(ready + 1, second, onsets, decisions);
  }
  return causes;
}

function undecidedCause(replicas: number, second: number, onsets: Onsets, decisions: DecisionReader): number {
  const sinceSeconds = onsets.of(replicas);
  if (Number.isNaN(sinceSeconds)) {
    const held: BlameCause = decisions.shortage(replicas, Number.NEGATIVE_INFINITY, second + HALF);
    return held === "rule" ? FORESIGHT : causeCode(held);
  }
  return causeCode(decisions.shortage(replicas, sinceSeconds, second + HALF));
}

/** Pods on their way, as time goes on. */
class OutageReader {
  private readonly outages: readonly Outage[];
  private next = 0;
  private open: Outage[] = [];

  constructor(outages: readonly Outage[]) {
    this.outages = [...outages].sort((a, b) => a.fromSeconds - b.fromSeconds || a.reachableSeconds - b.reachableSeconds);
  }

  advanceTo(second: number): void {
    const before = this.open.length;
    for (
      let outage = this.outages[this.next];
      outage !== undefined && firstSecond(outage.fromSeconds) <= second;
      outage = this.outages[this.next]
    ) {
      this.open.push(outage);
      this.next++;
    }
    if (this.open.length > 0 || before > 0) this.open = this.open.filter(({ untilSeconds }) => firstSecond(untilSeconds) > second);
  }

  /** Cause of the one that can be reached first; 0: none is on its way. */
  nearest(): number {
    let nearest: Outage | undefined;
    for (const outage of this.open) if (nearest === undefined || outage.reachableSeconds < nearest.reachableSeconds) nearest = outage;
    return nearest?.cause ?? 0;
  }
}
