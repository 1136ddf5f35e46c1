/** Replications before the first look: below ten, the spread itself is too uncertain to stop by. */
export const FIRST_LOOK = 10;
/** Each look comes after half as many replications again: few looks leave little room to stop by luck. */
const GROWTH = 1.5;

/**
 * Numbers of replications after which the precision is looked at; the last one is the most that may be made.
 *
 * @param maxReplications at least two
 */
export function lookSchedule(maxReplications: number): readonly number[] {
  const looks: number[] = [];
  for (let look = FIRST_LOOK; look < maxReplications; look = Math.ceil(look * GROWTH)) looks.push(look);
  return [...looks, maxReplications];
}

/** Whether a half-width is within a share of the size of what it belongs to. */
export function isPrecise(halfWidth: number, size: number, precision: number): boolean {
  return halfWidth <= precision * Math.abs(size);
}
