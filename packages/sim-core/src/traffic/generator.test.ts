import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRequestRecord, type RequestRecord, type RequestSource } from "../domain/request.ts";
import { createStreams } from "../random/streams.ts";
import type { ArrivalsConfig } from "./config.ts";
import { createGenerator, type GeneratorConfig, generatorMeanRate } from "./generator.ts";
import { LENGTHS_PRESETS, type LengthsPreset } from "./presets-lengths.ts";
import { integrateRate, type RateContext, ratePieces } from "./rate.ts";

const context: RateContext = {
  durationSeconds: 4000,
  startEpochSeconds: 0,
  zones: [{ timeZone: "UTC", fromEpochSeconds: [0], offsetSeconds: [0] }],
};
const { lengths } = LENGTHS_PRESETS.get("azure-conversation-2023") as LengthsPreset;
const rate = {
  kind: "points",
  points: [
    [0, 1],
    [1000, 4],
    [3000, 0.5],
  ],
} as const;
const onOff: ArrivalsConfig = {
  kind: "onOff",
  ratePerSecond: 9.1,
  burstSize: { kind: "logNormal", median: 114, sigma: 0.76 },
  offSeconds: { kind: "exponential", mean: 43 },
};

const every: readonly ArrivalsConfig[] = [
  { kind: "poisson", rate },
  {
    kind: "poisson",
    rate: { kind: "diurnal", perSecond: 3, hourly: [1, 2, 3, ...Array.from({ length: 21 }, () => 1)], weekend: 1, timeZone: "UTC" },
  },
  { kind: "constant", rate },
  { kind: "gamma", rate, cv: 3 },
  { kind: "gamma", rate, cv: 0.4 },
  { kind: "modulatedPoisson", rate, sigma: 0.21, tauSeconds: 100 },
  onOff,
];

const generator = (arrivals: ArrivalsConfig, more: Partial<GeneratorConfig> = {}): GeneratorConfig => ({
  kind: "generator",
  name: "chat",
  deployment: "llm",
  arrivals,
  lengths,
  surges: [],
  ...more,
});

function collect(source: RequestSource, limit = Number.POSITIVE_INFINITY): RequestRecord[] {
  const all: RequestRecord[] = [];
  const record = createRequestRecord();
  while (all.length < limit && source.next(record)) all.push({ ...record });
  return all;
}

/** Counts of runs with many seeds: their mean and variance. */
function counts(arrivals: ArrivalsConfig, runs: number): { mean: number; variance: number } {
  const short = { ...lengths, promptTokens: { kind: "constant", value: 1 }, outputTokens: { kind: "constant", value: 1 } } as const;
  const numbers = Array.from(
    { length: runs },
    (_, seed) => collect(createGenerator(generator(arrivals, { lengths: short }), createStreams(String(seed)), context)).length,
  );
  const mean = numbers.reduce((sum, n) => sum + n, 0) / runs;
  return { mean, variance: numbers.reduce((sum, n) => sum + (n - mean) ** 2, 0) / (runs - 1) };
}

describe("createGenerator", () => {
  it.each(every)("yields ordered, whole, positive requests before the end of the run: $kind", (arrivals) => {
    const all = collect(createGenerator(generator(arrivals), createStreams("1"), context));
    expect(all.length).toBeGreaterThan(1000);
    const isOrdered = all.every(({ arrivalSeconds }, i) => arrivalSeconds >= (all[i - 1]?.arrivalSeconds ?? 0) && arrivalSeconds < 4000);
    const isWhole = all.every(({ promptTokens, outputTokens }) => [promptTokens, outputTokens].every((n) => Number.isInteger(n) && n >= 1));
    expect([isOrdered, isWhole]).toEqual([true, true]);
  });

  it.each([
    { arrivals: { kind: "poisson", rate } as const, dispersion: 1, because: "Poisson counts have the variance of their mean" },
    { arrivals: { kind: "gamma", rate, cv: 3 } as const, dispersion: 9, because: "renewal counts have cv² times it in the long run" },
    { arrivals: { kind: "gamma", rate, cv: 0.4 } as const, dispersion: 0.16, because: "and less when gaps are regular" },
  ])("counts the integrated rate, dispersion $dispersion: $because", ({ arrivals, dispersion }) => {
    const expected = integrateRate(ratePieces(rate, [], context), 0, 4000);
    expect(generatorMeanRate(generator(arrivals), context)).toBeCloseTo(expected / 4000, 12);
    const { mean, variance } = counts(arrivals, 60);
    expect(Math.abs(mean - expected)).toBeLessThan(4 * Math.sqrt((expected * dispersion) / 60));
    expect(variance / (expected * dispersion)).toBeGreaterThan(0.5);
    expect(variance / (expected * dispersion)).toBeLessThan(1.6);
  });

  it("sends evenly at a constant rate, and twice as often where the rate is twice as high", () => {
    const secondsAt = (constantRate: typeof rate | { readonly kind: "constant"; readonly perSecond: number }, count: number): number[] =>
      collect(createGenerator(generator({ kind: "constant", rate: constantRate }), createStreams("1"), context), count).map(
        ({ arrivalSeconds }) => arrivalSeconds,
      );
    expect(secondsAt({ kind: "constant", perSecond: 4 }, 3)).toEqual([0.125, 0.375, 0.625]);
    const moving = secondsAt(rate, Number.POSITIVE_INFINITY);
    expect(moving.length).toBe(Math.round(integrateRate(ratePieces(rate, [], context), 0, 4000)));
  });

  it("counts the integrated rate from the first second on, though gaps vary much more than Poisson's", () => {
    const short: RateContext = { ...context, durationSeconds: 20 };
    const arrivals: ArrivalsConfig = { kind: "gamma", rate: { kind: "constant", perSecond: 0.1 }, cv: 3 };
    let sum = 0;
    for (let seed = 0; seed < 3000; seed++) sum += collect(createGenerator(generator(arrivals), createStreams(String(seed)), short)).length;
    // 2 expected; a process that begins with an arrival would count 4
    expect(Math.abs(sum / 3000 - 2)).toBeLessThan(4 * Math.sqrt(18 / 3000));
  });

  it("has Poisson arrivals spread as the rate is, within the run", () => {
    const pieces = ratePieces(rate, [], context);
    const all = collect(createGenerator(generator({ kind: "poisson", rate }), createStreams("3"), context));
    const total = integrateRate(pieces, 0, 4000);
    const ks = Math.max(
      ...all.map(({ arrivalSeconds }, i) => Math.abs(integrateRate(pieces, 0, arrivalSeconds) / total - (i + 0.5) / all.length)),
    );
    expect(ks).toBeLessThan(1.95 / Math.sqrt(all.length));
  });

  it("has gaps of the given coefficient of variation at a constant rate", () => {
    for (const cv of [0.4, 1, 3]) {
      const times = collect(
        createGenerator(generator({ kind: "gamma", rate: { kind: "constant", perSecond: 10 }, cv }), createStreams("1"), context),
      ).map((r) => r.arrivalSeconds);
      const gaps = times.slice(1).map((t, i) => t - (times[i] as number));
      const mean = gaps.reduce((sum, g) => sum + g, 0) / gaps.length;
      const deviation = Math.sqrt(gaps.reduce((sum, g) => sum + (g - mean) ** 2, 0) / gaps.length);
      expect(Math.abs(deviation / mean / cv - 1)).toBeLessThan(0.06);
    }
  });

  it("makes bursts of the given size, rate and separation", () => {
    const long = { ...context, durationSeconds: 400_000 };
    const config = generator(onOff);
    const times = collect(createGenerator(config, createStreams("1"), long)).map((r) => r.arrivalSeconds);
    // at 9.1/s a gap above 2 s within a burst has a chance of e^-18
    const starts = times.flatMap((t, i) => (i === 0 || t - (times[i - 1] as number) > 2 ? [i] : []));
    const sizes = starts.slice(1).map((start, i) => start - (starts[i] as number));
    const meanSize = sizes.reduce((sum, n) => sum + n, 0) / sizes.length;
    const [first, last] = [starts[0] as number, starts[starts.length - 1] as number];
    let onSeconds = 0;
    for (let i = 1; i < starts.length; i++)
      onSeconds += (times[(starts[i] as number) - 1] as number) - (times[starts[i - 1] as number] as number);
    const offSeconds = ((times[last] as number) - (times[first] as number) - onSeconds) / sizes.length;
    // the off times below 2 s, 4.5 %, join two bursts: the same share is missing from the count of bursts
    const joined = Math.exp(-2 / 43);
    expect(Math.abs((meanSize * joined) / (114 * Math.exp(0.76 ** 2 / 2)) - 1)).toBeLessThan(0.05);
    expect(Math.abs(offSeconds / 45 - 1)).toBeLessThan(0.05);
    expect(Math.abs((last - first) / onSeconds / 9.1 - 1)).toBeLessThan(0.03);
    expect(Math.abs(times.length / 400_000 / generatorMeanRate(config, long) - 1)).toBeLessThan(0.05);
  });

  it("begins within an off time, anywhere in it with the same chance, so that runs are not in step", () => {
    const arrivals: ArrivalsConfig = {
      kind: "onOff",
      ratePerSecond: 9,
      burstSize: { kind: "constant", value: 3 },
      offSeconds: { kind: "constant", value: 100 },
    };
    const firsts = Array.from(
      { length: 1000 },
      (_, seed) => collect(createGenerator(generator(arrivals), createStreams(String(seed)), context), 1)[0]?.arrivalSeconds ?? 0,
    ).sort((a, b) => a - b);
    expect(Math.max(...firsts.map((seconds, i) => Math.abs(seconds / 100 - (i + 0.5) / 1000)))).toBeLessThan(1.95 / Math.sqrt(1000));
  });

  it("multiplies arrivals in a surge and leaves those before it as they are", () => {
    const arrivals: ArrivalsConfig = { kind: "poisson", rate: { kind: "constant", perSecond: 5 } };
    const calm = collect(createGenerator(generator(arrivals), createStreams("1"), context));
    const surged = collect(
      createGenerator(generator(arrivals, { surges: [{ fromSeconds: 1000, toSeconds: 2000, factor: 4 }] }), createStreams("1"), context),
    );
    const before = surged.filter((r) => r.arrivalSeconds < 1000);
    expect(before).toEqual(calm.filter((r) => r.arrivalSeconds < 1000));
    const within = surged.filter((r) => r.arrivalSeconds >= 1000 && r.arrivalSeconds < 2000).length;
    expect(Math.abs(within - 20_000)).toBeLessThan(4 * Math.sqrt(20_000));
  });

  it("continues identically when saved and restored after any request, through JSON", () => {
    fc.assert(
      fc.property(fc.constantFrom(...every), fc.nat(300), (arrivals, position) => {
        const streams = createStreams("s");
        const source = createGenerator(generator(arrivals), streams, context);
        collect(source, position);
        const saved = JSON.stringify([source.save(), streams.save()]);
        const expected = collect(source, 50);
        const [state, chance] = JSON.parse(saved);
        const otherStreams = createStreams("s");
        const other = createGenerator(generator(arrivals), otherStreams, context);
        otherStreams.restore(chance);
        other.restore(state);
        expect(collect(other, 50)).toEqual(expected);
      }),
    );
  });

  it("is moved by its own seed and name only, not by what else is drawn", () => {
    fc.assert(
      fc.property(fc.constantFrom(...every), fc.array(fc.constantFrom("faults", "arrivals/other", "lengths/other")), (arrivals, uses) => {
        const expected = collect(createGenerator(generator(arrivals), createStreams("s"), context), 20);
        const streams = createStreams("s");
        const source = createGenerator(generator(arrivals), streams, context);
        const seen = expected.flatMap((_, i) => {
          streams.get(uses[i] ?? "faults").uniform();
          return collect(source, 1);
        });
        expect(seen).toEqual(expected);
        expect(collect(createGenerator(generator(arrivals), createStreams("t"), context), 20)).not.toEqual(expected);
        expect(collect(createGenerator(generator(arrivals, { name: "other" }), createStreams("s"), context), 20)).not.toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it("keeps arrivals when lengths change, and outputs when prompts do", () => {
    const [source, other] = [lengths, { ...lengths, promptTokens: { kind: "constant", value: 7 } as const }].map((config) =>
      collect(createGenerator(generator({ kind: "poisson", rate }, { lengths: config }), createStreams("1"), context)),
    );
    expect(other?.map((r) => [r.arrivalSeconds, r.outputTokens])).toEqual(source?.map((r) => [r.arrivalSeconds, r.outputTokens]));
    expect(other?.every((r) => r.promptTokens === 7)).toBe(true);
  });

  it("ends at once in a run without requests, and says so again", () => {
    const source = createGenerator(generator({ kind: "poisson", rate: { kind: "constant", perSecond: 0 } }), createStreams("1"), context);
    const record = createRequestRecord();
    expect([source.next(record), source.next(record)]).toEqual([false, false]);
  });
});
