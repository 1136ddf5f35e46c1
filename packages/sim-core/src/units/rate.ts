const SECONDS_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ["s", 1],
  ["m", 60],
  ["min", 60],
  ["h", 3600],
  ["d", 86_400],
]);

/** JSON-schema pattern of {@link parseRate}. */
export const RATE_PATTERN = "^\\d+(\\.\\d+)?\\s?/\\s?(s|min|m|h|d)$";

const RATE = /^(\d+(?:\.\d+)?)\s?\/\s?([a-z]+)$/;

/** Reads "3/s", "180/min", "10000/h" or "1000000/d". @returns events per second, or undefined when the text is no rate */
export function parseRate(text: string): number | undefined {
  const match = RATE.exec(text);
  const seconds = match === null ? undefined : SECONDS_PER_UNIT.get(match[2] as string);
  return seconds === undefined ? undefined : Number((match as RegExpExecArray)[1]) / seconds;
}
