import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DistributionConfig } from "./distribution-config.ts";
import { createSampler, sampleExponential } from "./distributions.ts";
import { createStreams } from "./streams.ts";

const SIZE = 20_000;
/** Kolmogorov's bound at a risk of 1 in 1,000; the seeds are fixed, so the tests do not fail by luck. */
const KS_BOUND = 1.95 / Math.sqrt(SIZE);

/** Standard normal distribution function by its power series, independent of the quantile under test. */
function phi(z: number): number {
  if (z < -8) return 0;
  if (z > 8) return 1;
  let sum = z;
  let term = z;
  for (let n = 1; n < 300; n++) {
    term *= (z * z) / (2 * n + 1);
    sum += term;
  }
  return 0.5 + (sum * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}

interface Case {
  readonly config: DistributionConfig;
  readonly cumulative: (x: number) => number;
  readonly mean: number;
  readonly variance: number;
}

const sigma = 0.99;
const cases: readonly Case[] = [
  { config: { kind: "uniform", min: 3, max: 9 }, cumulative: (x) => (x - 3) / 6, mean: 6, variance: 3 },
  { config: { kind: "exponential", mean: 43 }, cumulative: (x) => -Math.expm1(-x / 43), mean: 43, variance: 43 * 43 },
  {
    config: { kind: "logNormal", median: 757, sigma },
    cumulative: (x) => phi(Math.log(x / 757) / sigma),
    mean: 757 * Math.exp(sigma ** 2 / 2),
    variance: 757 ** 2 * Math.expm1(sigma ** 2) * Math.exp(sigma ** 2),
  },
  {
    config: {
      kind: "quantiles",
      points: [
        [0, 10],
        [0.25, 20],
        [1, 80],
      ],
    },
    cumulative: (x) => (x < 20 ? ((x - 10) / 10) * 0.25 : 0.25 + ((x - 20) / 60) * 0.75),
    mean: 0.25 * 15 + 0.75 * 50,
    // each piece: variance of its uniform plus square of its mean
    variance: 0.25 * (100 / 12 + 225) + 0.75 * (3600 / 12 + 2500) - 41.25 ** 2,
  },
];

describe("createSampler", () => {
  it.each(cases)("draws $config.kind variates with its distribution, mean and variance", ({ config, cumulative, mean, variance }) => {
    const sampler = createSampler(config);
    const stream = createStreams("1").get(config.kind);
    const values = Array.from({ length: SIZE }, () => sampler.sample(stream)).sort((a, b) => a - b);
    const ks = Math.max(...values.map((x, i) => Math.abs(cumulative(x) - (i + 0.5) / SIZE)));
    expect(ks).toBeLessThan(KS_BOUND);
    expect(sampler.mean).toBeCloseTo(mean, 9);
    const average = values.reduce((sum, x) => sum + x, 0) / SIZE;
    expect(Math.abs(average - mean)).toBeLessThan(4 * Math.sqrt(variance / SIZE));
    const spread = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / SIZE;
    expect(spread / variance).toBeGreaterThan(0.85);
    expect(spread / variance).toBeLessThan(1.15);
  });

  const anyConfig: fc.Arbitrary<DistributionConfig> = fc.oneof(
    fc.record({ kind: fc.constant("constant" as const), value: fc.double({ min: 0, max: 1e6, noNaN: true }) }),
    fc.tuple(fc.nat(1000), fc.nat(1000)).map(([min, width]) => ({ kind: "uniform" as const, min, max: min + width })),
    fc.record({ kind: fc.constant("exponential" as const), mean: fc.double({ min: 1e-3, max: 1e6, noNaN: true }) }),
    fc.record({
      kind: fc.constant("logNormal" as const),
      median: fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
      sigma: fc.double({ min: 0, max: 3, noNaN: true }),
    }),
    fc.array(fc.tuple(fc.nat(100), fc.nat(1000)), { minLength: 0, maxLength: 8 }).map((inner) => {
      const probabilities = [0, ...inner.map(([p]) => p / 100).sort((a, b) => a - b), 1];
      const values = [0, ...inner.map(([, v]) => v).sort((a, b) => a - b), 1000];
      return { kind: "quantiles" as const, points: probabilities.map((p, i) => [p, values[i] as number] as const) };
    }),
  );
  const probability = fc.double({ min: 0, max: 1 - 2 ** -53, noNaN: true });

  it("never decreases in the uniform", () => {
    fc.assert(
      fc.property(anyConfig, probability, probability, (config, a, b) => {
        const { quantile } = createSampler(config);
        expect(quantile(Math.min(a, b))).toBeLessThanOrEqual(quantile(Math.max(a, b)));
      }),
      { numRuns: 1000 },
    );
  });

  it("is the quantile of one number of the stream, whatever the distribution", () => {
    fc.assert(
      fc.property(anyConfig, (config) => {
        const [used, reference] = [createStreams("s").get("a"), createStreams("s").get("a")];
        const sampler = createSampler(config);
        expect(sampler.sample(used)).toBe(sampler.quantile(reference.uniform()));
        expect(used.uniform()).toBe(reference.uniform());
      }),
    );
  });

  it("has the mean of its quantiles", () => {
    fc.assert(
      fc.property(anyConfig, (config) => {
        if (config.kind === "logNormal" && config.sigma > 1) return;
        const sampler = createSampler(config);
        let sum = 0;
        for (let i = 0; i < 4000; i++) sum += sampler.quantile((i + 0.5) / 4000);
        expect(Math.abs(sum / 4000 - sampler.mean)).toBeLessThanOrEqual(0.01 * sampler.mean + 0.2);
      }),
      { numRuns: 50 },
    );
  });

  it("jumps where two points share a probability", () => {
    const { quantile, mean } = createSampler({
      kind: "quantiles",
      points: [
        [0, 1],
        [0.5, 1],
        [0.5, 9],
        [1, 9],
      ],
    });
    expect([quantile(0), quantile(0.49), quantile(0.5), quantile(0.9)]).toEqual([1, 1, 9, 9]);
    expect(mean).toBe(5);
  });
});

describe("sampleExponential", () => {
  it("has mean 1 and reaches beyond the 22 means that 32 bits would allow", () => {
    const stream = createStreams("1").get("e");
    let sum = 0;
    for (let i = 0; i < SIZE; i++) sum += sampleExponential(stream);
    expect(Math.abs(sum / SIZE - 1)).toBeLessThan(4 / Math.sqrt(SIZE));
    expect(sampleExponential({ name: "last", uniform: () => 1 - 2 ** -53 })).toBeCloseTo(36.7, 1);
  });
});
