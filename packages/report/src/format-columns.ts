import { formatNumber, formatPercent, formatUsd, NO_VALUE, withSeparators } from "./format.ts";

/** Shows one value of a column. */
export type ColumnFormat = (value: number | null) => string;

/** The smallest share, in percent, that a number of decimals can show. */
const LEAST_PERCENT: readonly number[] = [1, 0.1, 0.01, 0.001, 0.0001];

/**
 * Percent with the same decimals down a column: as many as its neediest share takes to be told from 0 % or 100 %. Exactly
 * 0 % and 100 % keep no decimals, so that "100%" means all.
 * @param mostDigits decimals that are spent at most, 1…4; a share that needs more reads "<0.1%" or ">99.9%"
 */
export function percentColumn(shares: readonly (number | null)[], mostDigits = 4): ColumnFormat {
  const digits = Math.min(mostDigits, Math.max(1, ...shares.map((share) => decimalsOf(formatPercent(share)))));
  const least = LEAST_PERCENT[digits] ?? 0;
  return (share) => {
    if (share === null || !Number.isFinite(share)) return NO_VALUE;
    if (share === 0 || share === 1) return formatPercent(share);
    const text = (share * 100).toFixed(digits);
    if (Number(text) === 0) return `<${least}%`;
    return Number(text) === 100 && share < 1 ? `>${(100 - least).toFixed(digits)}%` : `${text}%`;
  };
}

/** Decimals at which a price per token still has some. */
const MOST_USD_DECIMALS = 7;

/** Dollars with the same decimals down a column: cents, or as many as give the least amount three digits; from 100 up whole. */
export function usdColumn(amounts: readonly (number | null)[]): ColumnFormat {
  const sizes = amounts.map((usd) => Math.abs(usd ?? 0)).filter((size) => size > 0 && Number.isFinite(size));
  const least = Math.min(1, ...sizes);
  let digits = 2;
  for (let scaled = least * 100; scaled < 100 && digits < MOST_USD_DECIMALS; scaled *= 10) digits++;
  return (usd) => {
    if (usd === null || !Number.isFinite(usd) || usd === 0 || Math.abs(usd) >= 99.995) return formatUsd(usd);
    return `${usd < 0 ? "-" : ""}$${Math.abs(usd).toFixed(digits)}`;
  };
}

/** Numbers with the same decimals down a column; whole ones too, unless all are; from 100 up none. */
export function numberColumn(values: readonly (number | null)[]): ColumnFormat {
  const digits = Math.max(0, ...values.map((value) => decimalsOf(formatNumber(value))));
  return (value) => {
    if (value === null || !Number.isFinite(value) || Math.abs(value) >= 99.95) return formatNumber(value);
    return value.toFixed(digits);
  };
}

/** A number with exactly so many decimals, and separators. */
export function formatFixed(value: number | null, digits: number): string {
  if (value === null || !Number.isFinite(value)) return NO_VALUE;
  const [whole = "", ...decimals] = Math.abs(value).toFixed(digits).split(".");
  return `${value < 0 ? "-" : ""}${[withSeparators(whole), ...decimals].join(".")}`;
}

function decimalsOf(text: string): number {
  return /\.(\d+)/.exec(text)?.[1]?.length ?? 0;
}
