const SECONDS_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ["w", 604_800],
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
  ["min", 60],
  ["s", 1],
]);

/** Units a duration may use, largest first. */
export const DURATION_UNITS: readonly string[] = ["w", "d", "h", "m", "s", "ms"];

/** JSON-schema pattern of {@link parseDuration}. */
export const DURATION_PATTERN = "^(\\d+(\\.\\d+)?(w|d|h|min|m|s|ms))+$";

const PART = /(\d+(?:\.\d+)?)(ms|min|w|d|h|m|s)/gy;

/**
 * Reads "90s", "5m", "1h30m", "250ms" or "2d".
 * @returns seconds, or undefined when the text is no duration: a unit is always needed, spaces and signs are refused
 */
export function parseDuration(text: string): number | undefined {
  if (text === "") return undefined;
  let seconds = 0;
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const part = PART.exec(text);
    if (part === null) return undefined;
    seconds += partSeconds(part[1] as string, part[2] as string);
  }
  return Number.isFinite(seconds) ? seconds : undefined;
}

/** Thousandths by the decimal exponent: "100ms" must be the double nearest to 0.1. */
function partSeconds(digits: string, unit: string): number {
  return unit === "ms" ? Number(`${digits}e-3`) : Number(digits) * (SECONDS_PER_UNIT.get(unit) as number);
}

/** Writes seconds as people do: "1h30m", "90s" as "1m30s", "0.25s" as "250ms". Rounds to milliseconds. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return seconds > 0 ? "unlimited" : String(seconds);
  if (seconds < 0) return `-${formatDuration(-seconds)}`;
  let milliseconds = Math.round(seconds * 1000);
  if (milliseconds === 0) return "0s";
  let text = "";
  for (const unit of ["d", "h", "m", "s"]) {
    const size = (SECONDS_PER_UNIT.get(unit) as number) * 1000;
    const count = Math.floor(milliseconds / size);
    if (count > 0) text += `${count}${unit}`;
    milliseconds -= count * size;
  }
  return milliseconds > 0 ? `${text}${milliseconds}ms` : text;
}
