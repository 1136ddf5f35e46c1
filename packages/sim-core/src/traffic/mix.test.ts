import { describe, expect, it } from "vitest";
import { createStreams } from "../random/streams.ts";
import type { ArrivalsConfig, LengthsConfig, SessionConfig } from "./config.ts";
import type { GeneratorConfig } from "./generator.ts";
import { blendMixes, conversationMix, type LengthMix, meanRatePerSecond, mixOf, type UsersConfig, usersMeanRate } from "./mix.ts";
import type { TraceScan } from "./trace-scan.ts";
import type { TraceConfig } from "./trace-source.ts";

const constant = (promptTokens: number, outputTokens: number): LengthsConfig => ({
  promptTokens: { kind: "constant", value: promptTokens },
  outputTokens: { kind: "constant", value: outputTokens },
});
const context = { durationSeconds: 1000, startEpochSeconds: 0, zones: [] };

function average(mix: LengthMix, count = 20_000): [number, number] {
  const stream = createStreams("1").get("mix");
  const record = { promptTokens: 0, outputTokens: 0 };
  let [prompt, output] = [0, 0];
  for (let i = 0; i < count; i++) {
    mix.sample(stream, record);
    prompt += record.promptTokens;
    output += record.outputTokens;
  }
  return [prompt / count, output / count];
}

describe("mixOf", () => {
  it.each<LengthsConfig>([
    constant(700, 30),
    { promptTokens: { kind: "exponential", mean: 0.8 }, outputTokens: { kind: "uniform", min: 0, max: 3 } },
    {
      promptTokens: { kind: "logNormal", median: 757, sigma: 0.99 },
      outputTokens: {
        kind: "quantiles",
        points: [
          [0, 1],
          [0.5, 2],
          [1, 100],
        ],
      },
    },
  ])("has the means of what it draws, rounded to whole tokens and at least 1", (lengths) => {
    const mix = mixOf(lengths);
    const [prompt, output] = average(mix);
    expect(Math.abs(prompt / mix.meanPromptTokens - 1)).toBeLessThan(0.04);
    expect(Math.abs(output / mix.meanOutputTokens - 1)).toBeLessThan(0.04);
  });

  it("draws pairs of a trace as they are", () => {
    const mix = mixOf({
      sample: [
        [100, 1],
        [200, 2],
      ],
      meanPromptTokens: 150,
      meanOutputTokens: 1.5,
    });
    const stream = createStreams("1").get("mix");
    const record = { promptTokens: 0, outputTokens: 0 };
    const seen = new Set<string>();
    for (let i = 0; i < 100; i++) {
      mix.sample(stream, record);
      seen.add(`${record.promptTokens} ${record.outputTokens}`);
    }
    expect([...seen].sort()).toEqual(["100 1", "200 2"]);
    expect([mix.meanPromptTokens, mix.meanOutputTokens]).toEqual([150, 1.5]);
  });
});

describe("blendMixes", () => {
  it("draws each mix as often as its weight says", () => {
    const mix = blendMixes([
      { mix: mixOf(constant(100, 1)), weight: 6 },
      { mix: mixOf(constant(200, 5)), weight: 2 },
      { mix: mixOf(constant(999, 9)), weight: 0 },
    ]);
    expect([mix.meanPromptTokens, mix.meanOutputTokens]).toEqual([125, 2]);
    const [prompt, output] = average(mix);
    expect(Math.abs(prompt - 125)).toBeLessThan(1.5);
    expect(Math.abs(output - 2)).toBeLessThan(0.06);
  });

  it("is the mix itself when there is one", () => {
    const mix = mixOf(constant(1, 1));
    expect(blendMixes([{ mix, weight: 0 }])).toBe(mix);
  });
});

describe("meanRatePerSecond", () => {
  const generator = (arrivals: ArrivalsConfig, surges: GeneratorConfig["surges"] = []): { config: GeneratorConfig } => ({
    config: { kind: "generator", name: "g", deployment: "d", arrivals, lengths: constant(1, 1), surges },
  });
  const scan: TraceScan = {
    issues: [],
    issueCount: 0,
    models: new Map(),
    rowsWithoutModel: 4000,
    rowsOfSessions: 0,
    rows: 4000,
    firstSeconds: 0,
    lastSeconds: 2000,
    meanPromptTokens: 1,
    meanOutputTokens: 1,
    sample: [],
  };
  const trace = (more: Partial<TraceConfig> = {}) => ({
    config: {
      kind: "trace",
      name: "t",
      deployment: "d",
      file: "t",
      speed: 1,
      offsetSeconds: 0,
      spreadSeconds: 0,
      ...more,
    } satisfies TraceConfig,
    scan,
  });

  it("is the integrated rate of a generator over the run, surges included", () => {
    expect(
      meanRatePerSecond(
        generator({ kind: "poisson", rate: { kind: "constant", perSecond: 4 } }, [{ fromSeconds: 0, toSeconds: 500, factor: 3 }]),
        context,
      ),
    ).toBe(8);
  });

  it("is requests per cycle of bursts", () => {
    const arrivals: ArrivalsConfig = {
      kind: "onOff",
      ratePerSecond: 10,
      burstSize: { kind: "constant", value: 101 },
      offSeconds: { kind: "constant", value: 30 },
    };
    expect(meanRatePerSecond(generator(arrivals), context)).toBeCloseTo(101 / 40, 12);
  });

  it.each([
    { config: trace(), rate: 2, because: "the run lies within the trace" },
    { config: trace({ speed: 2 }), rate: 4, because: "at twice the speed twice as many come" },
    { config: trace({ speed: 4 }), rate: 4, because: "at four times the speed the trace ends halfway through the run" },
    { config: trace({ offsetSeconds: 1500 }), rate: 1, because: "half of the run is left of it" },
    { config: trace({ offsetSeconds: 3000 }), rate: 0, because: "nothing is left of it" },
    { config: { ...trace(), scan: { ...scan, lastSeconds: 0 } }, rate: 4, because: "all rows come at once" },
  ])("is $rate per second of a trace: $because", ({ config, rate }) => {
    expect(meanRatePerSecond(config, context)).toBe(rate);
  });
});

describe("conversations", () => {
  const session = (turns: number, changes: Partial<SessionConfig> = {}): SessionConfig => ({
    turns: { kind: "constant", value: turns },
    thinkSeconds: { kind: "constant", value: 5 },
    systemTokens: 100,
    maxContextTokens: 100_000,
    ...changes,
  });

  it("have prompts that hold all that was said before", () => {
    const mix = conversationMix(constant(10, 30), session(4));
    // 110, 150, 190, 230
    expect(mix.meanPromptTokens).toBe(170);
    expect(mix.meanOutputTokens).toBe(30);
    expect(average(mix)[0]).toBeCloseTo(170, -1);
  });

  it("end before a turn that does not fit, and begin even so", () => {
    const short = conversationMix(constant(10, 30), session(4, { maxContextTokens: 200 }));
    expect(short.meanPromptTokens).toBe(130); // 110 and 150; 190 + 30 is too much
    expect(conversationMix(constant(10, 30), session(4, { maxContextTokens: 105 })).meanPromptTokens).toBe(110);
  });

  it("send as many requests as their arrivals have turns", () => {
    const config: GeneratorConfig = {
      kind: "generator",
      name: "g",
      deployment: "d",
      arrivals: { kind: "poisson", rate: { kind: "constant", perSecond: 2 } },
      lengths: constant(1, 1),
      surges: [],
      session: session(4),
    };
    expect(meanRatePerSecond({ config }, context)).toBeCloseTo(8, 9);
  });

  it("are sent by users as the interactive response-time law says", () => {
    const users: UsersConfig = {
      kind: "users",
      name: "u",
      deployment: "d",
      users: [[0, 30]],
      thinkSeconds: { kind: "exponential", mean: 8 },
      pauseAfterLossSeconds: 1,
      lengths: constant(1, 1),
    };
    expect(usersMeanRate(users, 2, 1000)).toBeCloseTo(3, 12);
    // four turns of 2 s, three thoughts of 5 s between them, 8 s before the next session
    expect(usersMeanRate({ ...users, session: session(4) }, 2, 1000)).toBeCloseTo((30 * 4) / (8 + 15 + 8), 12);
    expect(usersMeanRate({ ...users, thinkSeconds: { kind: "constant", value: 0 } }, 0, 1000)).toBe(30);
  });
});
