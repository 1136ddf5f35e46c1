/** How a quantity was written, and so how it is written back. */
export type QuantityFormat = "DecimalSI" | "DecimalExponent" | "BinarySI";

/** An exact Kubernetes quantity: `mantissa × 10^exponent`. */
export interface Quantity {
  readonly mantissa: bigint;
  readonly exponent: number;
  readonly format: QuantityFormat;
  /** The text as given, when the API server keeps it as it is instead of rewriting it. */
  readonly text?: string;
}

/** Powers of ten of the decimal suffixes. @see apimachinery pkg/api/resource/suffix.go */
const DECIMAL_SUFFIXES: readonly (readonly [suffix: string, exponent: number])[] = [
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
];

/** Powers of two of the binary suffixes. @see apimachinery pkg/api/resource/suffix.go */
const BINARY_SUFFIXES: readonly string[] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** The finest step a quantity keeps; what lies below is rounded up to it. */
const NANO_EXPONENT = -9;
/** Digits that always fit an int64; longer numbers take the slow path, which stores nano-units. */
const INT64_DIGITS = 18;
const INT64_MAX = 0x7fff_ffff_ffff_ffffn;
/** Larger decimal exponents are refused: no quantity needs them, and they would cost memory without bound. */
const EXPONENT_LIMIT = 400;

const SHAPE = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*)([-+]?[0-9]*)$/;

interface Suffix {
  readonly format: QuantityFormat;
  /** Power of ten, or of two for {@link QuantityFormat} BinarySI. */
  readonly exponent: number;
}

/**
 * Parses a Kubernetes quantity exactly: `100m`, `80Gi`, `1.5`, `2e3`.
 *
 * @returns the quantity, or undefined when the API server would refuse the text
 * @see apimachinery v0.35 pkg/api/resource/quantity.go, ParseQuantity
 */
export function parseQuantity(text: string): Quantity | undefined {
  const match = SHAPE.exec(text);
  if (match === null || text === "") return undefined;
  const [, sign = "", whole = "", fraction = "", letters = "", digits = ""] = match;
  const suffix = readSuffix(letters, digits);
  if (suffix === undefined) return undefined;
  const number = whole.replace(/^0+/, "") || "0";
  const negative = sign === "-";
  const fast = parseShort(text, negative, number, fraction, suffix);
  return fast ?? parseLong(negative, number, fraction, suffix);
}

/** Whole milli-units, rounded away from zero (the HPA's `MilliValue`), without the wrap at int64. */
export function quantityMilli(quantity: Quantity): bigint {
  return scaled(quantity, -3);
}

/** Whole units, rounded away from zero (`Value`), without the wrap at int64. */
export function quantityValue(quantity: Quantity): bigint {
  return scaled(quantity, 0);
}

/** Mantissa times power of ten in float64, as tolerances are read; two roundings, so `0.3` may give 0.30000000000000004. */
export function quantityNumber(quantity: Quantity): number {
  const mantissa = Number(quantity.mantissa);
  return quantity.exponent === 0 ? mantissa : mantissa * Number(`1e${quantity.exponent}`);
}

/** The text the API server stores: `1000m` becomes `1`, `1.5Gi` becomes `1536Mi`. */
export function formatQuantity(quantity: Quantity): string {
  if (quantity.mantissa === 0n) return "0";
  if (quantity.text !== undefined) return quantity.text;
  return quantity.format === "BinarySI" ? formatBinary(quantity) : formatDecimal(quantity, quantity.format);
}

/** The quantity as stored and read back: tolerances are computed from this form, not from what the user typed. */
export function storedQuantity(quantity: Quantity): Quantity {
  return parseQuantity(formatQuantity(quantity)) ?? quantity;
}

function readSuffix(letters: string, digits: string): Suffix | undefined {
  if (digits !== "") {
    if (letters !== "e" && letters !== "E") return undefined;
    const exponent = Number(digits);
    return Number.isInteger(exponent) && Math.abs(exponent) <= EXPONENT_LIMIT ? { format: "DecimalExponent", exponent } : undefined;
  }
  const decimal = DECIMAL_SUFFIXES.find(([name]) => name === letters);
  if (decimal !== undefined) return { format: "DecimalSI", exponent: decimal[1] };
  const binary = BINARY_SUFFIXES.indexOf(letters);
  return binary > 0 ? { format: "BinarySI", exponent: binary * 10 } : undefined;
}

/** Numbers of few digits are stored as an int64 with a power of ten. */
function parseShort(text: string, negative: boolean, whole: string, fraction: string, suffix: Suffix): Quantity | undefined {
  if (suffix.format === "BinarySI") {
    const spare = INT64_DIGITS - 4 - whole.length - Math.trunc((suffix.exponent * 3) / 10);
    if (fraction !== "" || spare < 0) return undefined;
    return signed(negative, BigInt(whole) << BigInt(suffix.exponent), 0, suffix.format);
  }
  const exponent = suffix.exponent - fraction.length;
  if (whole.length + fraction.length > INT64_DIGITS || exponent < NANO_EXPONENT) return undefined;
  const digits = whole + fraction;
  // The server keeps a text that is as good as canonical instead of formatting it anew.
  const kept = exponent % 3 === 0 && !digits.endsWith("000") && !digits.startsWith("0");
  return signed(negative, BigInt(digits), exponent, suffix.format, kept ? text : undefined);
}

/** All others are stored in nano-units, rounded away from zero. */
function parseLong(negative: boolean, whole: string, fraction: string, suffix: Suffix): Quantity {
  const binary = suffix.format === "BinarySI";
  const digits = BigInt(whole + fraction) << (binary ? BigInt(suffix.exponent) : 0n);
  const exponent = (binary ? 0 : suffix.exponent) - fraction.length;
  let nano = rescale(digits, exponent - NANO_EXPONENT);
  const unit = powerOfTen(-NANO_EXPONENT);
  if (binary && nano > INT64_MAX * unit) nano = INT64_MAX * unit;
  const format = binary && nano < unit ? "DecimalSI" : suffix.format;
  return signed(negative, nano, NANO_EXPONENT, format);
}

function signed(negative: boolean, magnitude: bigint, exponent: number, format: QuantityFormat, text?: string): Quantity {
  const mantissa = negative ? -magnitude : magnitude;
  return text === undefined ? { mantissa, exponent, format } : { mantissa, exponent, format, text };
}

function scaled({ mantissa, exponent }: Quantity, scale: number): bigint {
  return mantissa < 0n ? -rescale(-mantissa, exponent - scale) : rescale(mantissa, exponent - scale);
}

/** `magnitude × 10^exponent` as a whole number, rounded up; `magnitude` ≥ 0. */
function rescale(magnitude: bigint, exponent: number): bigint {
  if (exponent >= 0) return magnitude * powerOfTen(exponent);
  const divisor = powerOfTen(-exponent);
  return (magnitude + divisor - 1n) / divisor;
}

function powerOfTen(exponent: number): bigint {
  return BigInt(`1${"0".repeat(exponent)}`);
}

function formatDecimal(quantity: Quantity, format: "DecimalSI" | "DecimalExponent"): string {
  let { mantissa, exponent } = quantity;
  while (mantissa % 10n === 0n) {
    mantissa /= 10n;
    exponent += 1;
  }
  while (exponent % 3 !== 0) {
    mantissa *= 10n;
    exponent -= 1;
  }
  if (format === "DecimalExponent") return exponent === 0 ? `${mantissa}` : `${mantissa}e${exponent}`;
  const suffix = DECIMAL_SUFFIXES.find(([, power]) => power === exponent);
  return `${mantissa}${suffix?.[0] ?? ""}`;
}

function formatBinary(quantity: Quantity): string {
  const value = scaled(quantity, 0);
  const magnitude = value < 0n ? -value : value;
  const exact = quantity.exponent >= 0 || value * powerOfTen(-quantity.exponent) === quantity.mantissa;
  if (!exact || magnitude < 1024n) return formatDecimal(quantity, "DecimalSI");
  let rest = value;
  let power = 0;
  while (rest % 1024n === 0n && power < BINARY_SUFFIXES.length - 1) {
    rest /= 1024n;
    power += 1;
  }
  return `${rest}${BINARY_SUFFIXES[power]}`;
}
