import { SimError } from "../errors.ts";
import type { Recorder } from "../record/recorder.ts";

/** Requests and attempts conserve: what arrived has exactly one fate. @throws SimError `requests_lost`, `attempts_lost` */
export function checkConservation(recorder: Recorder, timeSeconds: number): void {
  const sum = (fates: Float64Array): number => fates.reduce((total, count) => total + count, 0);
  const requests = sum(recorder.requests);
  if (requests !== recorder.arrivedRequests)
    throw new SimError("requests_lost", timeSeconds, { arrived: recorder.arrivedRequests, accounted: requests });
  const attempts = sum(recorder.attempts);
  if (attempts !== recorder.arrivedAttempts)
    throw new SimError("attempts_lost", timeSeconds, { arrived: recorder.arrivedAttempts, accounted: attempts });
}
