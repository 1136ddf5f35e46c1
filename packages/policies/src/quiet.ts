import type { PolicyOutcome, ScaleDecision } from "@replicast/sim-core";

/** What was last put on record, and when. */
export type Told = { readonly desiredReplicas: number; readonly reason: string; readonly atSeconds: number };

/** A controller that looks every second or two says the same again only this often. */
const REPEAT_SECONDS = 60;

/**
 * A decision, unless it only repeats what is on record: loops of a second would otherwise fill the record with the same answer.
 *
 * @param state - of the policy, but for what was told
 */
export function told<State extends { readonly told: Told | null }>(
  state: State,
  decision: ScaleDecision,
  nowSeconds: number,
  specReplicas: number,
): PolicyOutcome<State> {
  const { told: last } = state;
  const { desiredReplicas, reason } = decision;
  const isSame =
    last !== null &&
    last.desiredReplicas === desiredReplicas &&
    last.reason === reason &&
    desiredReplicas === specReplicas &&
    nowSeconds - last.atSeconds < REPEAT_SECONDS;
  return isSame ? { state, isQuiet: true } : { state: { ...state, told: { desiredReplicas, reason, atSeconds: nowSeconds } }, decision };
}
