/** The largest values of the last slots. @see knative.dev/serving pkg/autoscaler/aggregation/max */
export type DelayWindow = readonly (readonly [slot: number, value: number])[];

/** Adds a value and forgets what the window has left behind; what is larger than all before it hides them. */
export function recordMaximum(
  window: DelayWindow,
  unixSeconds: number,
  value: number,
  { delaySeconds, tickSeconds }: { readonly delaySeconds: number; readonly tickSeconds: number },
): DelayWindow {
  const slot = Math.floor(unixSeconds / tickSeconds);
  const slots = Math.ceil(delaySeconds / tickSeconds);
  const newest = window.at(-1);
  const kept = newest?.[0] === slot ? Math.max(newest[1], value) : value;
  const before = window.filter(([at, other]) => at !== slot && at > slot - slots && other > kept);
  return [...before, [slot, kept]];
}

/** The largest value in the window; 0 when it is empty. */
export function currentMaximum(window: DelayWindow): number {
  return window[0]?.[1] ?? 0;
}
