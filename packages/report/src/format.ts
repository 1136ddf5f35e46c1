/** What tables show where there is no value. */
export const NO_VALUE = "–";

/** Dollars: whole with separators from 100 up, cents below, four significant digits below one dollar. */
export function formatUsd(usd: number | null): string {
  if (usd === null || !Number.isFinite(usd)) return NO_VALUE;
  const sign = usd < 0 ? "-" : "";
  const size = Math.abs(usd);
  if (size === 0) return "$0";
  if (size >= 99.995) return `${sign}$${withSeparators(size.toFixed(0))}`;
  if (size >= 1) return `${sign}$${size.toFixed(2)}`;
  return `${sign}$${trimZeros(size.toFixed(size < 0.001 ? 7 : 4))}`;
}

/** Dollars without cents, for columns of monthly amounts; "<$1" for what would round away. */
export function formatWholeUsd(usd: number | null): string {
  if (usd === null || !Number.isFinite(usd)) return NO_VALUE;
  const whole = Math.round(Math.abs(usd));
  if (whole === 0) return usd === 0 ? "$0" : "<$1";
  return `${usd < 0 ? "-" : ""}$${withSeparators(String(whole))}`;
}

/**
 * A share as percent, with one decimal, or as many (up to four) as it takes to tell it from 0 % or 100 %.
 * @param share 0…1, or beyond for ratios
 */
export function formatPercent(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return NO_VALUE;
  if (share === 1 || share === 0) return `${share * 100}%`;
  for (let digits = 1; digits <= 4; digits++) {
    const text = (share * 100).toFixed(digits);
    if (Number(text) !== 100 && Number(text) !== 0) return `${text}%`;
  }
  return share < 0.5 ? "<0.0001%" : share < 1 ? ">99.9999%" : "100.0%";
}

/** A duration with about three digits, in the unit a reader would use: "84 ms", "1.24 s", "12 min 5 s", "3 h 20 min", "2 d 3 h". */
export function formatSeconds(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return NO_VALUE;
  if (seconds < 0) return `-${formatSeconds(-seconds)}`;
  if (seconds === 0) return "0 s";
  if (seconds < 0.9995) return seconds < 0.00995 ? `${trimZeros((seconds * 1000).toFixed(1))} ms` : `${(seconds * 1000).toFixed(0)} ms`;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 99.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 120) return `${whole} s`;
  if (whole < 3600) return pair(whole, 60, "min", "s");
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return pair(minutes, 60, "h", "min");
  return pair(Math.round(seconds / 3600), 24, "d", "h");
}

function pair(value: number, base: number, big: string, small: string): string {
  const rest = value % base;
  return rest === 0 ? `${(value - rest) / base} ${big}` : `${(value - rest) / base} ${big} ${rest} ${small}`;
}

/** A limit somebody wrote, without the digits of a measurement: "2 s", "80 ms". */
export function formatLimitSeconds(seconds: number): string {
  return seconds < 1 ? `${trimZeros((seconds * 1000).toFixed(3))} ms` : `${trimZeros(seconds.toFixed(3))} s`;
}

/** A share somebody wrote, in percent without trailing zeros: "95%", "99.9%". */
export function formatLimitShare(share: number): string {
  return `${trimZeros((share * 100).toFixed(6))}%`;
}

/** A whole number with separators; others with up to three significant digits after rounding. */
export function formatNumber(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return NO_VALUE;
  const sign = value < 0 ? "-" : "";
  const size = Math.abs(value);
  if (Number.isInteger(value)) return sign + withSeparators(String(size));
  if (size >= 99.95) return sign + withSeparators(size.toFixed(0));
  if (size >= 9.995) return sign + trimZeros(size.toFixed(1));
  if (size >= 0.0995) return sign + trimZeros(size.toFixed(2));
  return sign + String(Number(size.toPrecision(2)));
}

/** "1 scale-up", "12 scale-ups". */
export function formatCount(value: number, noun: string): string {
  return `${formatNumber(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** Digits in groups of three. */
export function withSeparators(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
