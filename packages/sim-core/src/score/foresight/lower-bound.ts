import { ln } from "../../random/real.ts";
import type { SloConfig, SloObjective } from "../config.ts";
import type { LowerBound } from "./result.ts";

/** What the bound has to know of a requirement: whom it counts, and how many of them must be good. */
export interface BoundRequirement {
  readonly name: LowerBound["binding"];
  /** Share of those counted that must be good, 0…1. */
  readonly target: number;
  /** Requests that arrive before this are counted, whatever the policy does, seconds; ≤ 0: none is sure to be. */
  readonly countedBeforeSeconds: number;
  /** Mean time per token within which a good one stays, seconds; then answers of one token are not counted. Absent: none. */
  readonly tokenSecondsMax?: number;
}

/** The longest a request can stay without an end. */
export interface Patience {
  /** Of one attempt, seconds. */
  readonly attemptSeconds: number;
  /** Of all attempts with the waits between them, seconds. */
  readonly requestSeconds: number;
  /** Time without a first token after which a client leaves, seconds. */
  readonly leaveSeconds: number;
}

/** Every requirement of an SLO under which requests need replicas. Gaps between tokens (ITL) need none: who is not served has no gaps. */
export function boundRequirements(slo: SloConfig, durationSeconds: number, patience: Patience): readonly BoundRequirement[] {
  const requirements = slo.objectives.flatMap((objective) => requirementOf(objective, durationSeconds, patience) ?? []);
  const { availability } = slo;
  if (availability === undefined || !staysForever(patience)) return requirements;
  const countedBeforeSeconds = durationSeconds - patience.requestSeconds;
  return [...requirements, { name: "availability", target: availability, countedBeforeSeconds }];
}

/** Clients that leave are lost to nobody. */
const staysForever = ({ leaveSeconds }: Patience): boolean => leaveSeconds === Number.POSITIVE_INFINITY;

/** Undefined: under it, all requests might go uncounted. */
function requirementOf(
  { metric, target, thresholdSeconds }: SloObjective,
  durationSeconds: number,
  patience: Patience,
): BoundRequirement | undefined {
  const { attemptSeconds, requestSeconds, leaveSeconds } = patience;
  const common = { name: metric, target } as const;
  // Who leaves before the threshold is not counted.
  const waits = leaveSeconds > thresholdSeconds;
  switch (metric) {
    case "ttft":
      // Who has a first token in time may still be under way at the end.
      return waits ? { ...common, countedBeforeSeconds: durationSeconds - thresholdSeconds - attemptSeconds } : undefined;
    case "e2e":
      return waits ? { ...common, countedBeforeSeconds: durationSeconds - thresholdSeconds } : undefined;
    case "queue":
      return staysForever(patience) ? { ...common, countedBeforeSeconds: durationSeconds - requestSeconds } : undefined;
    case "tpot":
      if (!staysForever(patience)) return undefined;
      return { ...common, countedBeforeSeconds: durationSeconds - requestSeconds, tokenSecondsMax: thresholdSeconds };
    case "itl":
      return undefined;
  }
}

const BINS_PER_FACTOR = 100;
const BINS = 6000;
const ZERO_BIN = BINS / 2;

/** Values ≥ 0, of which the smallest can be added up; its size does not depend on their number. */
export class SmallestSum {
  private readonly counts = new Float64Array(BINS);
  private readonly sums = new Float64Array(BINS);
  private readonly least = new Float64Array(BINS).fill(Number.POSITIVE_INFINITY);
  count = 0;

  add(value: number): void {
    const bin = value > 0 ? Math.max(0, Math.min(BINS - 1, ZERO_BIN + Math.floor(BINS_PER_FACTOR * ln(value)))) : 0;
    this.count++;
    this.counts[bin] = (this.counts[bin] as number) + 1;
    this.sums[bin] = (this.sums[bin] as number) + value;
    this.least[bin] = Math.min(this.least[bin] as number, value);
  }

  /** The sum of the smallest values, or a little less. @param count at most so many as there are */
  smallest(count: number): number {
    let left = count;
    let total = 0;
    for (let bin = 0; bin < BINS && left > 0; bin++) {
      const held = this.counts[bin] as number;
      if (held === 0) continue;
      // Of a bin that is needed in part, the smallest may be any: each counts as the smallest of all.
      total += held <= left ? (this.sums[bin] as number) : left * (this.least[bin] as number);
      left -= held;
    }
    return total;
  }
}

/** Costs of good requests under one requirement. */
interface Tally {
  readonly requirement: BoundRequirement;
  readonly costs: SmallestSum;
}

/** Gathers arrivals and says what nothing that meets the SLO can cost less than. */
export class LowerBoundTally {
  private readonly tallies: readonly Tally[];
  private readonly floorUsd: number;

  /** @param floorUsd what is paid in any case: smallest sizes of node pools, commitments; over the run */
  constructor(requirements: readonly BoundRequirement[], floorUsd: number) {
    this.tallies = requirements.map((requirement) => ({ requirement, costs: new SmallestSum() }));
    this.floorUsd = floorUsd;
  }

  /** @param costUsd least cost of a good request, by requirement in the order in which they were given */
  add(arrivalSeconds: number, outputTokens: number, costUsd: (requirement: number) => number): void {
    this.tallies.forEach(({ requirement, costs }, index) => {
      if (arrivalSeconds >= requirement.countedBeforeSeconds) return;
      if (requirement.tokenSecondsMax !== undefined && outputTokens <= 1) return;
      costs.add(costUsd(index));
    });
  }

  /** The largest of what each requirement, and the floor, asks for. */
  bound(): LowerBound {
    let best: LowerBound = { runUsd: this.floorUsd, binding: "floor", requests: 0, floorUsd: this.floorUsd };
    for (const { requirement, costs } of this.tallies) {
      // A hair less than the target is judged as met, so a hair less is asked for.
      const requests = Math.max(0, Math.ceil(costs.count * requirement.target - 1e-9 * costs.count));
      const runUsd = costs.smallest(requests);
      if (runUsd > best.runUsd) best = { runUsd, binding: requirement.name, requests, floorUsd: this.floorUsd };
    }
    return best;
  }
}
