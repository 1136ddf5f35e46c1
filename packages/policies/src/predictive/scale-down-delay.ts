/** A wish for replicas and when it was uttered. */
export type Wish = { readonly seconds: number; readonly replicas: number };

/**
 * Wishes that may still rule, oldest first and strictly falling: a wish that a later one reaches or tops can never be
 * the largest of any later window, so it need not be kept.
 */
export type DelayState = readonly Wish[];

/** The largest wish of the last `delaySeconds`, the newest included, and what must be remembered for the next. */
export function holdDown(recent: DelayState, wish: Wish, delaySeconds: number): { readonly replicas: number; readonly recent: DelayState } {
  const alive = recent.filter((one) => one.seconds > wish.seconds - delaySeconds && one.replicas > wish.replicas);
  const after = [...alive, wish];
  return { replicas: (after[0] as Wish).replicas, recent: after };
}
