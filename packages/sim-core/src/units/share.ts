/** JSON-schema pattern of {@link parseShare}. */
export const SHARE_PATTERN = "^\\d+(\\.\\d+)?%$";

const PERCENT = /^(\d+(?:\.\d+)?)%$/;

/** Reads "99.9%". @returns a share 0…1, or undefined when the text is no percentage between 0 and 100 */
export function parseShare(text: string): number | undefined {
  const match = PERCENT.exec(text);
  if (match === null) return undefined;
  // The decimal exponent gives the double nearest to 0.999; a division by 100 may miss it by a bit.
  const share = Number(`${match[1]}e-2`);
  return share <= 1 ? share : undefined;
}
