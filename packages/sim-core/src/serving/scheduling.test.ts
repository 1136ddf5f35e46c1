import { describe, expect, it } from "vitest";
import { type Arrival, type Build, FAST, play, REFERENCE, type Workload } from "../../test/engine-rig.ts";
import type { EngineConfig, LatencyConfig } from "./config.ts";
import { createEngineLatency } from "./latency/model.ts";

const NEVER = Number.POSITIVE_INFINITY;
/** A step takes a second, a prompt token a thousandth more. */
const SECONDS: LatencyConfig = {
  kind: "linear",
  stepSeconds: 1,
  perPromptTokenSeconds: 0.0009765625,
  perDecodeSequenceSeconds: 0,
  perContextTokenSeconds: 0,
  perPromptTokenContextSeconds: 0,
  requestOverheadSeconds: 0,
};
const BASE: EngineConfig = {
  maxBatchedTokens: 512,
  maxSequences: 8,
  kvBlocks: 64,
  blockTokens: 16,
  maxModelTokens: 2048,
  prefixCaching: true,
  warmUp: { factor: 1, requests: 1 },
};

interface Request extends Partial<Arrival> {
  readonly at: number;
}

interface Sample {
  readonly usedBlocks: number;
  readonly running: number;
  readonly waiting: number;
  readonly preemptions: number;
  readonly prefixQueriedTokens: number;
  readonly prefixHitTokens: number;
  readonly generationTokens: number;
}

interface Seen {
  readonly first: ReadonlyMap<number, number>;
  readonly done: ReadonlyMap<number, number>;
  readonly samples: readonly Sample[];
}

function run(build: Build, engine: Partial<EngineConfig>, requests: readonly Request[], samples: readonly number[] = [1e5]): Seen {
  const merged = { ...BASE, ...engine };
  const arrivals = requests.map((request) => ({ prompt: 64, output: 1, patience: NEVER, ...request }));
  const workload: Workload = {
    replicas: 1,
    engine: merged,
    latency: createEngineLatency({ latency: SECONDS, engine: merged }),
    arrivals,
    samples,
    horizon: 2e5,
    stopAt: NEVER,
    unitTokens: 32,
  };
  const rows = (play(workload, build) as unknown[][]).filter(Array.isArray);
  const byId = (kind: string): ReadonlyMap<number, number> =>
    new Map(rows.filter((row) => row[0] === kind).map((row) => [row[1] as number, row[2] as number]));
  return { first: byId("first"), done: byId("done"), samples: rows.filter((row) => row[0] === "sample").map((row) => row[3] as Sample) };
}

const hitsOf = ({ samples }: Seen): number => (samples.at(-1) as Sample).prefixHitTokens;

describe.each([
  ["fast", FAST],
  ["reference", REFERENCE],
])("the %s engine's prefix cache", (_, build) => {
  it.each<{ readonly requests: readonly Omit<Request, "at">[]; readonly hits: number; readonly because: string }>([
    { requests: [{ ids: [1, 2] }, { ids: [1, 2] }], hits: 48, because: "the block of the last token is computed again" },
    { requests: [{ ids: [1, 2] }, { ids: [1, 3] }], hits: 32, because: "only the first unit is the same" },
    { requests: [{ ids: [1, 2] }, { ids: [2, 1] }], hits: 0, because: "equal text after other text is no equal beginning" },
    { requests: [{ ids: [1, 2] }, {}], hits: 0, because: "nothing is known of the second prompt" },
    {
      requests: [
        { ids: [1], prompt: 40 },
        { ids: [1], prompt: 40 },
      ],
      hits: 32,
      because: "the text beyond the only unit is unknown",
    },
    {
      requests: [
        { ids: [1], prompt: 30 },
        { ids: [1], prompt: 30 },
      ],
      hits: 16,
      because: "only full blocks are kept",
    },
    { requests: [{ ids: [1, 2] }, { ids: [1, 2], prompt: 65 }], hits: 64, because: "one more token makes all four blocks hits" },
  ])("finds $hits tokens: $because", ({ requests, hits }) => {
    const seen = run(
      build,
      {},
      requests.map((request, i) => ({ at: i * 10, ...request })),
    );
    expect(hitsOf(seen)).toBe(hits);
    const computed = (requests[1]?.prompt ?? 64) - hits;
    expect((seen.first.get(1) as number) - 10, "hits are not computed").toBeCloseTo(1 + computed * 0.0009765625, 9);
  });

  it("shares blocks among those that run, even those admitted in the same step", () => {
    const { samples } = run(
      build,
      {},
      [0, 0, 0].map((at) => ({ at, prompt: 64, output: 50, ids: [1, 2] })),
      [0.5, 1e5],
    );
    // four blocks for the first; three of them for the others, which compute the last one again
    expect(samples[0]?.usedBlocks).toBe(4 + 1 + 1);
    expect(samples[0]?.prefixQueriedTokens).toBe(3 * 64);
    expect(samples[1]?.usedBlocks).toBe(0);
  });

  it("forgets the blocks that were freed first, and of one prompt the last ones", () => {
    const known = (at: number, ids: readonly number[]): Request => ({ at, ids, prompt: 129, output: 1 });
    const filler = { at: 40, prompt: 6 * 16, output: 1 };
    // 24 blocks: three prompts of 8 whole blocks and one that is not, each freed before the next
    const engine = { kvBlocks: 24 };
    const a = [1, 2, 3, 4];
    const b = [5, 6, 7, 8];
    expect(hitsOf(run(build, engine, [known(0, a), known(20, b), known(50, a)])), "all of a is there").toBe(128);
    expect(hitsOf(run(build, engine, [known(0, a), known(20, b), filler, known(50, a)])), "six unused blocks went first").toBe(128);
    const second = { ...filler, at: 45, prompt: 10 * 16 };
    // ten more: two nameless ones, then the last of a's blocks from the end
    expect(hitsOf(run(build, engine, [known(0, a), known(20, b), filler, second, known(50, a)]))).toBeLessThan(128);
    expect(hitsOf(run(build, engine, [known(0, a), known(20, b), filler, second, known(50, b)])), "b was freed later").toBe(128);
  });

  it.each([
    {
      priorities: [1, 0],
      hits: 0,
      because: "the victim comes first: it was given four blocks in that step, and they go back behind all others",
    },
    { priorities: [0, 1], hits: 48, because: "the victim comes last: it was the one that lacked room" },
  ])("hits $hits tokens after a preemption by priority: $because", ({ priorities, hits }) => {
    const prompts = priorities.map((priority, i) => ({ at: 10 + i / 2, priority, prompt: 256 - i * 64 }));
    const known = { ids: [1, 2], prompt: 65 };
    // seven blocks are free, four of them known, when both prompts want four more each
    const engine = { kvBlocks: 27, scheduling: "priority" as const, longPrefillTokenThreshold: 64 };
    const seen = run(build, engine, [{ at: 0, ...known }, ...prompts, { at: 14, ...known }]);
    expect(seen.samples[0]?.preemptions).toBe(1);
    expect(hitsOf(seen)).toBe(hits);
  });

  it("computes everything when it is off", () => {
    const seen = run(build, { prefixCaching: false }, [
      { at: 0, ids: [1, 2] },
      { at: 10, ids: [1, 2] },
    ]);
    expect(seen.samples[0]).toMatchObject({ prefixQueriedTokens: 0, prefixHitTokens: 0 });
    expect((seen.first.get(1) as number) - 10).toBe(1.0625);
  });
});

describe.each([
  ["fast", FAST],
  ["reference", REFERENCE],
])("the %s engine's scheduling", (_, build) => {
  const one: Partial<EngineConfig> = { maxSequences: 1, maxBatchedTokens: 512 };

  it("admits the lowest priority value first, then in order of arrival, where it schedules by priority", () => {
    const requests = [0, 5, 1, 5, 1].map((priority, i) => ({ at: i / 16, priority }));
    const order = ({ done }: Seen): readonly number[] => [...done.entries()].sort((a, b) => a[1] - b[1]).map(([id]) => id);
    expect(order(run(build, { ...one, scheduling: "priority" }, requests))).toEqual([0, 2, 4, 1, 3]);
    expect(order(run(build, { ...one, scheduling: "fcfs" }, requests))).toEqual([0, 1, 2, 3, 4]);
  });

  it("preempts the least urgent sequence when blocks run out, the latest among equals", () => {
    // 9 blocks; three sequences hold two each and want a third and a fourth in turn
    const requests = [2, 0, 1].map((priority, i) => ({ at: i / 16, priority, prompt: 30, output: 60 }));
    const last = ({ done }: Seen): number => [...done.entries()].reduce((late, entry) => (entry[1] > late[1] ? entry : late))[0];
    const byPriority = run(build, { kvBlocks: 9, scheduling: "priority" }, requests);
    expect(byPriority.samples[0]?.preemptions).toBeGreaterThan(0);
    expect(last(byPriority)).toBe(0);
    const inOrder = run(build, { kvBlocks: 9, scheduling: "fcfs" }, requests);
    expect(inOrder.samples[0]?.preemptions).toBeGreaterThan(0);
    expect(last(inOrder)).toBe(2);
  });

  it("cuts long prompts into chunks of the threshold, so that others get into the same step", () => {
    const requests = [
      { at: 0, prompt: 400 },
      { at: 0, prompt: 50 },
    ];
    const whole = run(build, { maxBatchedTokens: 400, maxSequences: 8 }, requests);
    expect([whole.first.get(0), whole.first.get(1)], "the first prompt takes the whole step").toEqual([1.390625, 2.439453125]);
    const cut = run(build, { maxBatchedTokens: 400, maxSequences: 8, longPrefillTokenThreshold: 100 }, requests);
    expect(cut.first.get(1)).toBe(1 + 150 * 0.0009765625);
    expect(cut.first.get(0)).toBe(4 + 450 * 0.0009765625);
  });

  it("frees the blocks of a client that has left when the next step starts", () => {
    const requests = [
      { at: 0, prompt: 64, output: 100, patience: 5.5 },
      { at: 0, prompt: 64, output: 100 },
    ];
    const { samples } = run(build, {}, requests, [5.6, 7]);
    // step 6 is under way at 5.6 s and still computes both; both hold five blocks then
    expect(samples.map(({ running, usedBlocks }) => [running, usedBlocks])).toEqual([
      [2, 10],
      [1, 5],
    ]);
  });

  it("answers several tokens a step with speculation, and each step counts as one gap", () => {
    const speculative = { draftTokens: 3, tokensPerStep: { kind: "constant" as const, value: 2 }, draftOverheadSeconds: 0.5 };
    const { first, done } = run(build, { speculative }, [{ at: 0, prompt: 64, output: 11, stepTokens: 2048 }]);
    expect(first.get(0)).toBe(1.0625);
    expect(done.get(0), "ten tokens in five steps of 1.5 s").toBe(1.0625 + 5 * 1.5);
  });
});
