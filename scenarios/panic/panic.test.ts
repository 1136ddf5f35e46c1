import { expect, it } from "vitest";
import { compareScenario } from "../../tools/golden.mjs";

/** Seconds until the step of the load. */
const STEP_SECONDS = 300;
const FAST_START = ["pull=1s", "load=2s", "compile=0s", "capture=0s"].flatMap((part) => ["--set", `deployments.chat.startup.${part}`]);

it("panics at once and asks for fifty times what is needed, and no replica is ready a second sooner for it", () => {
  const { runs } = compareScenario("panic").comparison;
  const of = (policy: string) => {
    const run = runs.find((each) => each.policy === policy);
    if (run === undefined) throw new Error(`no policy ${policy}`);
    return run;
  };
  const firstReady = (policy: string) => of(policy).deployments[0]?.ready.find(([, ready]) => ready > 1)?.[0] ?? 0;
  const asked = (policy: string) => of(policy).decisions.map(({ desiredReplicas }) => desiredReplicas);
  const [everything, limited, rps, delayed] = ["concurrency", "concurrency, 5 at most", "rps", "rps, 10 minutes of delay"] as const;

  const panicked = of(everything).decisions.find(({ reason }) => reason === "PanicMode");
  expect(panicked?.timeSeconds).toBeLessThanOrEqual(STEP_SECONDS + 10);
  expect(Math.max(...asked(everything))).toBeGreaterThan(200);
  expect(Math.max(...asked(rps))).toBe(5);
  expect(firstReady(everything)).toBeGreaterThan(STEP_SECONDS + 240);
  // pods that pull at once share nothing here: the same minute, but for when probes fall
  expect(Math.abs(firstReady(everything) - firstReady(limited))).toBeLessThan(10);
  expect(of(everything).slo.attainment).toBeCloseTo(of(limited).slo.attainment ?? 0, 2);
  expect(of(everything).cost.monthlyUsd).toBeGreaterThan(4 * of(limited).cost.monthlyUsd);
  // without a tolerance a pod at the edge goes and comes; the delay keeps it
  expect(of(delayed).slo.attainment).toBeGreaterThan((of(rps).slo.attainment ?? 1) + 0.3);
});

it("meets the target where a replica starts within seconds", () => {
  const { runs } = compareScenario("panic", [...FAST_START, "--set", "nodePools.l40s.min=40"]).comparison;
  expect(runs.map(({ slo }) => slo.met)).toEqual([true, true, true, true, true]);
});
