import { BLAME_CAUSES, causeCode } from "./causes.ts";
import { type DecisionContext, DecisionReader } from "./decisions.ts";
import { Endings } from "./onsets.ts";

const HALF = 0.5;
/** What a decision has not seen yet it may see at any second: the answer does not last. */
const PASSING: ReadonlySet<number> = /* @__PURE__ */ new Set(["scrape", "poll", "metric"].map((cause) => causeCode(cause as "scrape")));

/**
 * Replica-seconds above what was required, by what kept each of them: for the replica of each rank, the decision that would have had to
 * let it go.
 * @param ready replicas by second
 * @returns by code of cause
 */
export function idleByCause(required: Float64Array, ready: Float64Array, scaling: DecisionContext): Float64Array {
  const idle = new Float64Array(BLAME_CAUSES.length + 1);
  const surplus = new SurplusReader(required, ready, scaling);
  for (let second = 0; second < required.length; second++) {
    for (const code of surplus.at(second)) idle[code] = (idle[code] as number) + 1;
  }
  return idle;
}

/** The causes of the surplus replicas at each second, worked out anew only when something has changed. */
class SurplusReader {
  private readonly required: Float64Array;
  private readonly ready: Float64Array;
  private readonly decisions: DecisionReader;
  private readonly endings: Endings;
  private codes: readonly number[] = [];
  private isPassing = true;

  constructor(required: Float64Array, ready: Float64Array, scaling: DecisionContext) {
    this.required = required;
    this.ready = ready;
    this.decisions = new DecisionReader(scaling);
    this.endings = new Endings(required);
  }

  at(second: number): readonly number[] {
    const { required, ready, decisions, endings } = this;
    endings.advanceTo(second);
    const isNew = decisions.advanceTo(second + HALF);
    const isSame = second > 0 && required[second] === required[second - 1] && ready[second] === ready[second - 1];
    if (isSame && !isNew && !this.isPassing) return this.codes;
    const codes: number[] = [];
    for (let rank = (required[second] as number) + 1; rank <= (ready[second] as number); rank++) {
      codes.push(causeCode(decisions.surplus(rank, endings.of(rank), second + HALF)));
    }
    this.codes = codes;
    this.isPassing = codes.some((code) => PASSING.has(code));
    return codes;
  }
}
