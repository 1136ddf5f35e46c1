import type { MeasuredRun, MeasuredSteps } from "./measured-run.ts";

/** Most requests that a run had open at once. */
export function peakConcurrency({ requests }: MeasuredRun): number {
  const changes = requests
    .filter(({ e2eSeconds }) => !Number.isNaN(e2eSeconds))
    .flatMap(({ arrivalSeconds, e2eSeconds }) => [[arrivalSeconds, 1] as const, [arrivalSeconds + e2eSeconds, -1] as const])
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  let open = 0;
  let peak = 0;
  for (const [, change] of changes) {
    open += change;
    peak = Math.max(peak, open);
  }
  return peak;
}

/** Splits a run in time: the first part to fit, the rest to judge. @param share of its requests in the first part, 0…1 */
export function splitRun({ name, requests }: MeasuredRun, share: number): readonly [MeasuredRun, MeasuredRun] {
  const at = Math.ceil(requests.length * share);
  const from = requests[at]?.arrivalSeconds ?? 0;
  const rest = requests.slice(at).map((request) => ({ ...request, arrivalSeconds: request.arrivalSeconds - from }));
  return [
    { name: `${name}, first part`, requests: requests.slice(0, at) },
    { name: `${name}, rest`, requests: rest },
  ];
}

/** Splits measured steps: the first part to fit, the rest to judge. @param share of the steps in the first part, 0…1 */
export function splitSteps({ name, steps }: MeasuredSteps, share: number): readonly [MeasuredSteps, MeasuredSteps] {
  const at = Math.ceil(steps.length * share);
  return [
    { name: `${name}, first part`, steps: steps.slice(0, at) },
    { name: `${name}, rest`, steps: steps.slice(at) },
  ];
}
