import { createStreams, type Finding, type InputError, type Plan, type StatisticsResult } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { checkStatistics, type StatisticsOptions } from "./options.ts";
import { replicate } from "./replicate.ts";
import { type ReplicationJob, type ReplicationOutcome, replicationSeed } from "./replication.ts";

const plan = { seed: "7", traffic: [{ kind: "generator" }], durationSeconds: 7200 } as unknown as Plan;
const MINUTES = 120;

/** A policy's bill is its own plus luck that all share, and a little of its own. */
interface Behaviour {
  readonly usd: number;
  readonly shared: number;
  readonly own: number;
  readonly attainment?: number | null;
}
const POLICIES: Readonly<Record<string, Behaviour>> = {
  hpa: { usd: 1000, shared: 300, own: 4 },
  keda: { usd: 1030, shared: 300, own: 4 },
  twin: { usd: 1000, shared: 300, own: 40 },
};

function outcome({ replication, seed, policy }: Pick<ReplicationJob, "replication" | "seed" | "policy">): ReplicationOutcome {
  const { usd, shared, own, attainment = 0.99 } = POLICIES[policy] ?? (EXTRA[policy] as Behaviour);
  const streams = createStreams(seed);
  const luck = streams.get("traffic").uniform() - 0.5;
  const chance = streams.get(`own/${policy}`).uniform() - 0.5;
  return {
    replication,
    policy,
    monthlyUsd: usd + shared * luck + own * chance,
    attainment,
    violations: 10,
    sloMet: true,
    thresholdsPassed: replication % 2 === 0,
    minutes: {
      arrivals: Array.from({ length: MINUTES }, () => 10),
      violations: Array.from({ length: MINUTES }, (_, minute) => (minute < 20 ? 5 : 1)),
      inFlight: Array.from({ length: MINUTES }, (_, minute) => (minute < 20 ? 100 - 4 * minute : 20 + 2 * chance)),
    },
  };
}
const EXTRA: Readonly<Record<string, Behaviour>> = {
  silent: { usd: 1000, shared: 0, own: 0, attainment: null },
  even: { usd: 1000, shared: 0, own: 0 },
};

type Runner = (jobs: readonly ReplicationJob[]) => Promise<readonly ReplicationOutcome[]>;
const inOrder: Runner = async (jobs) => jobs.map(outcome);

function experiment(
  options: StatisticsOptions,
  names: readonly string[] = Object.keys(POLICIES),
  runAll = inOrder,
): Promise<StatisticsResult> {
  const first = names.map((policy) => outcome({ replication: 0, seed: "7", policy }));
  return replicate({ plan, first, capacityOf: () => [], runAll }, options);
}

const findings = ({ pairs }: StatisticsResult): Readonly<Record<string, Finding>> =>
  Object.fromEntries(pairs.map(({ measure, first, second, finding }) => [`${measure}: ${first}, ${second}`, finding]));

describe("replications", () => {
  it("begin with the scenario's own seed, and every policy has the same ones", async () => {
    const asked: ReplicationJob[] = [];
    const result = await experiment({ replications: 3 }, ["hpa", "keda"], async (jobs) => {
      asked.push(...jobs);
      return jobs.map(outcome);
    });
    expect(result.seeds).toEqual(["7", "7~1", "7~2"]);
    expect(asked.map(({ seed, policy }) => `${seed} ${policy}`)).toEqual(["7~1 hpa", "7~1 keda", "7~2 hpa", "7~2 keda"]);
    expect(result.policies.map(({ measures }) => measures.monthlyUsd.values.length)).toEqual([3, 3]);
    expect(replicationSeed("7", 0)).toBe("7");
  });

  it("give the same bytes in whatever order they were made", async () => {
    const options = { precision: 0.02, warmUp: "auto" } as const;
    const backwards = await experiment(options, undefined, async (jobs) => jobs.map(outcome).reverse());
    const shuffled = await experiment(options, undefined, async (jobs) => {
      const sorted = [...jobs].sort(
        (a, b) => createStreams("shuffle").once(a.seed + a.policy) - createStreams("shuffle").once(b.seed + b.policy),
      );
      return sorted.map(outcome);
    });
    const plain = JSON.stringify(await experiment(options));
    expect([JSON.stringify(backwards), JSON.stringify(shuffled)]).toEqual([plain, plain]);
  });

  it("are not concluded from when one is missing or comes twice", async () => {
    await expect(experiment({ replications: 4 }, ["hpa"], async (jobs) => jobs.slice(1).map(outcome))).rejects.toThrow(
      "the runner owes 3 outcomes, one for each job; it gave 2",
    );
    const twice: Runner = async (jobs) => [...jobs.slice(1), ...jobs.slice(1, 2)].map(outcome);
    await expect(experiment({ replications: 4 }, ["hpa"], twice)).rejects.toThrow("one for each job");
  });
});

describe("a finding", () => {
  it("is made where the paired interval excludes 0, however much the bills themselves vary", async () => {
    const result = await experiment({ replications: 10 });
    expect(findings(result)).toMatchObject({
      "monthlyUsd: hpa, keda": "less",
      "monthlyUsd: keda, twin": "more",
      "monthlyUsd: hpa, twin": "notShown",
      "violations: hpa, keda": "same",
    });
    const [pair] = result.pairs;
    expect(pair).toMatchObject({ first: "hpa", second: "keda", compared: 10, lessIn: 10, moreIn: 0 });
    expect(pair?.difference?.high).toBeLessThan(0);
    expect(pair?.difference?.halfWidth).toBeLessThan((result.policies[0]?.measures.monthlyUsd.estimate?.halfWidth ?? 0) / 10);
  });

  it("says how many replications could show what it does not", async () => {
    const pairs = (await experiment({ replications: 10 })).pairs.filter(({ measure }) => measure === "monthlyUsd");
    expect(pairs.map(({ replicationsToShow }) => replicationsToShow !== null)).toEqual([false, true, false]);
  });

  it("never contradicts its interval, and counts all comparisons against it", async () => {
    const { pairs, comparisons } = await experiment({ replications: 10 });
    expect(comparisons).toBe(9);
    for (const { finding, difference, pValue, adjustedPValue } of pairs) {
      expect(adjustedPValue ?? 0).toBeGreaterThanOrEqual(pValue ?? 0);
      if (finding === "less") expect(difference?.high).toBeLessThan(0);
      if (finding === "more") expect(difference?.low).toBeGreaterThan(0);
    }
  });

  it("is none where a measure has no value", async () => {
    const { pairs, comparisons, policies } = await experiment({ replications: 3 }, ["silent", "even"]);
    expect(pairs.find(({ measure }) => measure === "attainment")).toMatchObject({
      difference: null,
      pValue: null,
      finding: "notShown",
      compared: 0,
    });
    expect(comparisons).toBe(2);
    expect(policies[0]?.measures.attainment).toEqual({ values: [null, null, null], estimate: null });
  });
});

describe("a wanted precision", () => {
  it("ends the experiment at the first look at which every bill and every difference is known so well", async () => {
    const { looks, replications, precision } = await experiment({ precision: 0.03 });
    expect(looks.at(-1)).toBe(replications);
    expect(replications).toBeGreaterThan(10);
    expect(precision.reached).toBeLessThanOrEqual(0.03);
    const before = await experiment({ replications: looks.at(-2) ?? 0 });
    expect(before.precision.reached).toBeGreaterThan(0.03);
  });

  it("ends at the most replications otherwise, and says so with what it would take", async () => {
    const { replications, notes, precision } = await experiment({ precision: 0.001, maxReplications: 12 });
    expect(replications).toBe(12);
    expect(notes.join("\n")).toMatch(/precision of 0.1% was not reached with 12 replications; it would take about [\d,]+/);
    expect(precision.advice.map((each) => each.precision)).toEqual([0.05, 0.02, 0.01, 0.001]);
  });

  it("is advised on beforehand: as many as advised reach it", async () => {
    const pilot = await experiment({ replications: 10 });
    const needed = pilot.precision.advice.find(({ precision }) => precision === 0.02)?.replications ?? 0;
    expect((await experiment({ replications: needed })).precision.reached).toBeLessThan(0.025);
  });
});

describe("warm-up", () => {
  it("is left out of attainment and violations where asked, and of nothing else", async () => {
    const whole = await experiment({ replications: 3 }, ["hpa"]);
    const cut = await experiment({ replications: 3, warmUp: 1200 }, ["hpa"]);
    const [before, after] = [whole, cut].map(({ policies }) => policies[0]?.measures);
    expect(after?.monthlyUsd).toEqual(before?.monthlyUsd);
    expect(before?.violations.estimate?.mean).toBe(10);
    expect(after?.violations.estimate?.mean).toBe(100);
    expect(after?.attainment.estimate?.mean).toBeCloseTo(0.9, 12);
    expect([whole.warmUp, cut.warmUp]).toEqual([undefined, { method: "given", seconds: 1200, isSettled: true }]);
  });

  it("is found where requests in flight settle, in whole minutes", async () => {
    const { warmUp, notes } = await experiment({ replications: 12, warmUp: "auto" });
    expect(warmUp).toEqual({ method: "mser5", seconds: 1200, isSettled: true });
    expect(notes.join("\n")).toContain("leave out the first 20 min (found by MSER-5)");
  });
});

describe("notes", () => {
  it("tell what the intervals do not hold for", async () => {
    const replayed = { ...plan, traffic: [{ kind: "trace" }] } as unknown as Plan;
    const first = [outcome({ replication: 0, seed: "7", policy: "even" })];
    const { notes } = await replicate({ plan: replayed, first, capacityOf: () => [], runAll: inOrder }, { replications: 4 });
    expect(notes).toEqual([
      "The traffic is a trace, and arrives alike in every replication: the intervals hold for these arrivals, not for other days.",
      "All 4 replications of even have the same bill and the same violations: chance moves neither.",
      "4 replications: an interval from fewer than 10 leans on their being normally distributed.",
    ]);
  });
});

describe("options", () => {
  it.each([
    { options: { replications: 1 }, code: "statistics_out_of_range", because: "one run has no spread" },
    { options: { replications: 2.5 }, code: "statistics_out_of_range", because: "runs are whole" },
    { options: { precision: 0 }, code: "statistics_out_of_range", because: "no number of runs reaches it" },
    { options: { precision: 0.1, maxReplications: 9 }, code: "statistics_out_of_range", because: "the first look is at ten" },
    { options: { replications: 9, confidence: 1 }, code: "statistics_out_of_range", because: "nothing is certain" },
    { options: { replications: 9, warmUp: 90 }, code: "statistics_out_of_range", because: "the series are of minutes" },
    { options: { replications: 9, warmUp: 7200 }, code: "statistics_out_of_range", because: "nothing of the run would be left" },
    { options: { replications: 9, precision: 0.1 }, code: "statistics_both", because: "they end an experiment in two ways" },
    { options: { replications: 9, maxReplications: 99 }, code: "statistics_option_alone", because: "the number is given" },
    { options: { confidence: 0.9 }, code: "statistics_option_alone", because: "one run has no interval" },
    { options: { warmUp: "auto" }, code: "statistics_option_alone", because: "the whole run is scored" },
  ] as const)("$options are refused: $because", ({ options, code }) => {
    let issues: InputError["issues"] = [];
    try {
      checkStatistics(options, plan);
    } catch (error) {
      issues = (error as InputError).issues;
    }
    expect(issues.map((issue) => issue.code)).toEqual([code]);
  });

  it("are fit when there are none, and all of those that fit", () => {
    expect(() => checkStatistics({}, plan)).not.toThrow();
    expect(() => checkStatistics({ precision: 0.02, maxReplications: 10, confidence: 0.99, warmUp: 600 }, plan)).not.toThrow();
  });
});
