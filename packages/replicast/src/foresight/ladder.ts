import {
  type BoundPolicy,
  HINDRANCES,
  type Hindrance,
  type Plan,
  type RegretRung,
  type RunResult,
  replicasThatFit,
} from "@replicast/sim-core";
import { amountOf, difference } from "./money.ts";

/** A policy as it would run. */
export interface Freed {
  readonly plan: Plan;
  readonly controllers: readonly BoundPolicy[];
}

/** Samples of every second, where a policy that looks every second finds one of now. */
const FRESH_SCRAPE_SECONDS = 1;

/**
 * The regret of a run, cause by cause: each hindrance is taken away from what is left of the ones before, in a fixed order, on the same
 * traffic and luck. What it saved is what it had cost; less than nothing, where it did good.
 * @param clairvoyant what is compared with in the end
 */
export function ladder(
  start: Freed,
  result: RunResult,
  clairvoyant: ReturnType<typeof amountOf>,
  rerun: (freed: Freed, hindrance: Hindrance) => RunResult,
): readonly RegretRung[] {
  let freed = start;
  let before = amountOf(result);
  const rungs = HINDRANCES.map((cause): RegretRung => {
    const next = withoutHindrance(freed, cause);
    const isAbsent = next === undefined;
    const after = isAbsent ? before : amountOf(rerun(next, cause));
    const rung = { cause, isAbsent, ...difference(before, after) };
    freed = next ?? freed;
    before = after;
    return rung;
  });
  return [...rungs, { cause: "rule", isAbsent: false, ...difference(before, clairvoyant) }];
}

/** The same without a hindrance; undefined when there is nothing of it. */
export function withoutHindrance({ plan, controllers }: Freed, hindrance: Hindrance): Freed | undefined {
  const freedControllers = controllers.map((bound) => freedController(plan, bound, hindrance));
  const freedPlan = hindrance === "metricAge" && asksForMetrics(controllers) ? withFreshSamples(plan) : plan;
  const isSame = freedPlan === plan && freedControllers.every((bound, i) => bound === controllers[i]);
  return isSame ? undefined : { plan: freedPlan, controllers: freedControllers };
}

function freedController({ cluster }: Plan, bound: BoundPolicy, hindrance: Hindrance): BoundPolicy {
  const { policy, config, deployment } = bound;
  const freed = policy.without?.(config, hindrance, replicasThatFit(cluster, deployment)) ?? config;
  return JSON.stringify(freed) === JSON.stringify(config) ? bound : { ...bound, config: freed };
}

function asksForMetrics(controllers: readonly BoundPolicy[]): boolean {
  return controllers.some(({ policy, config }) => policy.queries(config).length > 0);
}

/** Faults of the metrics stay: they are no setting of anybody's. */
function withFreshSamples(plan: Plan): Plan {
  const { metrics } = plan;
  const scrapeIntervalSeconds = Math.min(metrics.scrapeIntervalSeconds, FRESH_SCRAPE_SECONDS);
  if (scrapeIntervalSeconds === metrics.scrapeIntervalSeconds && metrics.scrapeOffset !== "spread") return plan;
  return { ...plan, metrics: { ...metrics, scrapeIntervalSeconds, scrapeOffset: "together" } };
}
