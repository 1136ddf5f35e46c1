const BYTES_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ["B", 1],
  ["kB", 1e3],
  ["KB", 1e3],
  ["MB", 1e6],
  ["GB", 1e9],
  ["TB", 1e12],
  ["KiB", 1024],
  ["MiB", 1_048_576],
  ["GiB", 1_073_741_824],
  ["TiB", 1_099_511_627_776],
]);

/** JSON-schema pattern of {@link parseBytes}. */
export const BYTES_PATTERN = "^\\d+(\\.\\d+)?\\s?(B|[kKMGT]B|[KMGT]iB)$";
/** JSON-schema pattern of {@link parseByteRate}. */
export const BYTE_RATE_PATTERN = "^\\d+(\\.\\d+)?\\s?(B|[kKMGT]B|[KMGT]iB)/s$";

const SIZE = /^(\d+(?:\.\d+)?)\s?([A-Za-z]+)$/;

/** Reads "80GB" (decimal) or "80GiB" (binary). @returns bytes, or undefined when the text is no size */
export function parseBytes(text: string): number | undefined {
  const match = SIZE.exec(text);
  const unit = match === null ? undefined : BYTES_PER_UNIT.get(match[2] as string);
  return unit === undefined ? undefined : Math.round(Number((match as RegExpExecArray)[1]) * unit);
}

/** Reads "2GB/s". @returns bytes per second, or undefined when the text is no bandwidth */
export function parseByteRate(text: string): number | undefined {
  return text.endsWith("/s") ? parseBytes(text.slice(0, -2)) : undefined;
}

/** Writes bytes with a decimal unit and at most one decimal: "137.9 GB". */
export function formatBytes(bytes: number): string {
  const sign = bytes < 0 ? "-" : "";
  const size = Math.abs(bytes);
  const unit = [..."TGMk"].find((letter) => size >= (BYTES_PER_UNIT.get(`${letter}B`) as number));
  if (unit === undefined) return `${sign}${size} B`;
  const tenths = Math.round((size / (BYTES_PER_UNIT.get(`${unit}B`) as number)) * 10);
  return `${sign}${tenths / 10} ${unit}B`;
}
