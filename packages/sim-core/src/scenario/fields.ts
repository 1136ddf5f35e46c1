import * as z from "zod";
import type { Json } from "../errors.ts";
import type { DistributionConfig } from "../random/distribution-config.ts";
import { BYTE_RATE_PATTERN, BYTES_PATTERN, parseByteRate, parseBytes } from "../units/bytes.ts";
import { DURATION_PATTERN, DURATION_UNITS, parseDuration } from "../units/duration.ts";
import { parseRate, RATE_PATTERN } from "../units/rate.ts";
import { parseShare, SHARE_PATTERN } from "../units/share.ts";

/** A field of the scenario file: what it is after reading. */
export type Field<T> = z.ZodType<T>;

/** An issue of ours inside a schema; `zod-issues.ts` unpacks it. */
export function refuse(context: z.core.$RefinementCtx, code: string, data: { readonly [key: string]: Json } = {}): never {
  context.addIssue({ code: "custom", params: { issue: { code, data } }, continue: false });
  return z.NEVER;
}

/** An object that refuses unknown keys and remembers the known ones, for "did you mean". */
export function strict<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const known = JSON.stringify(Object.keys(shape));
  return z.strictObject(shape, { error: (issue) => (issue.code === "unrecognized_keys" ? known : undefined) });
}

interface Quantity {
  /** Code of the issue when the text is not readable. */
  readonly code: string;
  readonly example: string;
  readonly pattern: string;
  readonly parse: (text: string) => number | undefined;
  /** Words that stand for a value, such as "never". */
  readonly words?: { readonly [word: string]: number };
}

/** A number with its unit, written as text. A bare 0 needs no unit; any other bare number is refused. */
function quantity({ code, example, pattern, parse, words = {} }: Quantity): Field<number> {
  const alternatives = Object.keys(words);
  return z
    .union([z.string(), z.number()])
    .transform((written, context): number => {
      if (written === 0) return 0;
      if (typeof written === "number") return refuse(context, "missing_unit", { actual: written, example });
      return words[written] ?? parse(written) ?? refuse(context, code, { actual: written, example, words: alternatives });
    })
    .meta({ pattern: [pattern, ...alternatives.map((word) => `^${word}$`)].join("|"), minimum: 0, maximum: 0, examples: [example] });
}

const DURATION: Quantity = { code: "invalid_duration", example: "90s", pattern: DURATION_PATTERN, parse: parseDuration };

/** "90s", "5m", "1h30m" → seconds. */
export const duration: Field<number> = quantity(DURATION);
/** A duration that must not be 0. */
export const positiveDuration: Field<number> = duration.refine((seconds) => seconds > 0, {
  params: { issue: { code: "too_small", data: { minimum: 0, exclusive: true, units: DURATION_UNITS } } },
});
/** A duration, or "never" for an infinite one. */
export const durationOrNever: Field<number> = quantity({ ...DURATION, words: { never: Number.POSITIVE_INFINITY } });
/** "80GB", "80GiB" → bytes. */
export const bytes: Field<number> = quantity({ code: "invalid_size", example: "80GB", pattern: BYTES_PATTERN, parse: parseBytes });
/** "2GB/s" → bytes per second. */
export const byteRate: Field<number> = quantity({
  code: "invalid_bandwidth",
  example: "2GB/s",
  pattern: BYTE_RATE_PATTERN,
  parse: parseByteRate,
});
/** "3/s", "180/min" → per second. */
export const rate: Field<number> = quantity({ code: "invalid_rate", example: "3/s", pattern: RATE_PATTERN, parse: parseRate });

/** A share as 0…1 or as "99.9%". */
export const share: Field<number> = z
  .union([z.string(), z.number()])
  .transform((written, context): number => {
    if (typeof written === "string") return parseShare(written) ?? refuse(context, "invalid_share", { actual: written, example: "99.9%" });
    return written >= 0 && written <= 1 ? written : refuse(context, "invalid_share", { actual: written, example: "99.9%" });
  })
  .meta({ pattern: SHARE_PATTERN, minimum: 0, maximum: 1, examples: ["99.9%"] });

/** A share above 0. */
export const positiveShare: Field<number> = share.refine((value) => value > 0, {
  params: { issue: { code: "too_small", data: { minimum: 0, exclusive: true } } },
});

/** A whole number ≥ minimum, or "unlimited". */
export function countOrUnlimited(minimum: number): Field<number> {
  const limit = z.literal("unlimited").transform(() => Number.POSITIVE_INFINITY);
  return z.union([z.int().min(minimum), limit]);
}

/** One text or a list of texts → a list. */
export const texts: Field<readonly string[]> = z.union([z.string().transform((text) => [text]), z.array(z.string()).min(1)]) as Field<
  readonly string[]
>;

/** A name that appears in labels, tables and paths. */
export const name: Field<string> = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/, {
    error: () => "name",
  });

/**
 * A constant or a distribution of the values that `leaf` reads: `40s`, `{ min: 10s, max: 20s }`, `{ mean: 20s }`,
 * `{ median: 240s, sigma: 0.35 }`, `{ quantiles: [[0, 1s], [0.5, 20s], [1, 90s]] }`.
 */
export function distribution(leaf: Field<number>): Field<DistributionConfig> {
  const point = z.tuple([z.number().min(0).max(1), leaf]);
  return z.union([
    leaf.transform((value): DistributionConfig => ({ kind: "constant", value })),
    strict({ min: leaf.describe("Smallest value."), max: leaf.describe("Largest value.") }).transform(({ min, max }, context) =>
      min <= max ? ({ kind: "uniform", min, max } as const) : refuse(context, "min_above_max", { minimum: min, maximum: max }),
    ),
    strict({ mean: leaf.describe("Mean of an exponential distribution.") }).transform(
      ({ mean }) => ({ kind: "exponential", mean }) as const,
    ),
    strict({
      median: leaf.describe("Median of a log-normal distribution."),
      sigma: z.number().min(0).max(5).describe("Standard deviation of the natural logarithm."),
    }).transform(({ median, sigma }) => ({ kind: "logNormal", median, sigma }) as const),
    strict({
      quantiles: z.array(point).min(2).describe("[probability, value] pairs from probability 0 to 1, both ascending; linear in between."),
    }).transform(({ quantiles }, context) =>
      isInverseDistribution(quantiles) ? ({ kind: "quantiles", points: quantiles } as const) : refuse(context, "invalid_quantiles"),
    ),
  ]) as Field<DistributionConfig>;
}

function isInverseDistribution(points: readonly (readonly [number, number])[]): boolean {
  if (points[0]?.[0] !== 0 || points.at(-1)?.[0] !== 1) return false;
  return points.every(([probability, value], index) => {
    const [previousProbability, previousValue] = points[index - 1] ?? [-1, Number.NEGATIVE_INFINITY];
    return probability > previousProbability && value >= previousValue;
  });
}

/** A distribution of durations, seconds. */
export const durations: Field<DistributionConfig> = distribution(duration);
/** A distribution of token counts (or other whole sizes ≥ 1). */
export const tokenCounts: Field<DistributionConfig> = distribution(z.number().min(1));
