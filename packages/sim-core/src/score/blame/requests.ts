import type { ViolatedSpan } from "../../record/violated-spans.ts";
import { BLAME_CAUSES, causeCode, HINDRANCE_CAUSES } from "./causes.ts";

const UNEXPLAINED: number = /* @__PURE__ */ causeCode("unexplained");
const BURST: number = /* @__PURE__ */ causeCode("burst");

/**
 * How many violations each cause gets. A request's seconds, from its arrival to the end of the span in which it was late, go to what held
 * up the next missing replica; seconds with enough replicas go to what the request itself met; the cause with most seconds gets the request.
 * @returns requests by code
 */
export function blameSpans(spans: readonly ViolatedSpan[], causes: Uint8Array): Float64Array {
  const requests = new Float64Array(BLAME_CAUSES.length + 1);
  const sums = cumulative(causes);
  const tally = new Float64Array(BLAME_CAUSES.length + 1);
  for (const span of spans) {
    const from = Math.min(span.arrivalSeconds, causes.length - 1);
    const until = Math.min(span.arrivalSeconds + span.lengthSeconds, causes.length);
    const own = span.hindrance === "none" ? UNEXPLAINED : causeCode(HINDRANCE_CAUSES[span.hindrance]);
    tally.fill(0);
    tally[own] = Math.max(until, from + 1) - from;
    for (const { code, seconds } of sums) {
      const share = (seconds[until] as number) - (seconds[from] as number);
      // what the request itself met says more than that others came at the same time
      if (share === 0 || (code === BURST && own !== UNEXPLAINED)) continue;
      tally[code] = (tally[code] as number) + share;
      tally[own] = (tally[own] as number) - share;
    }
    const most = largest(tally);
    const code = most === UNEXPLAINED ? queueJoined(causes[from] as number, tally) : most;
    requests[code] = (requests[code] as number) + span.requests;
  }
  return requests;
}

/**
 * A queue stands where it was built, and replicas that come later do not shorten it: who came while replicas were missing, or in a burst,
 * waits for that. A burst, which has no end of its own, explains also the wait of those that it met.
 * @param arrivalCause code of the second of arrival, 0: none
 */
function queueJoined(arrivalCause: number, tally: Float64Array): number {
  if (arrivalCause > 0) return arrivalCause;
  return (tally[BURST] as number) > 0 ? BURST : UNEXPLAINED;
}

/** Seconds of each cause that occurs, up to each second. */
function cumulative(causes: Uint8Array): readonly { readonly code: number; readonly seconds: Uint32Array }[] {
  const codes = [...new Set(causes)].filter((code) => code > 0).sort((a, b) => a - b);
  return codes.map((code) => {
    const seconds = new Uint32Array(causes.length + 1);
    for (let s = 0; s < causes.length; s++) seconds[s + 1] = (seconds[s] as number) + (causes[s] === code ? 1 : 0);
    return { code, seconds };
  });
}

/** The first of those with the most seconds. */
function largest(tally: Float64Array): number {
  let most = 0;
  for (let code = 1; code < tally.length; code++) if (most === 0 || (tally[code] as number) > (tally[most] as number)) most = code;
  return most;
}
