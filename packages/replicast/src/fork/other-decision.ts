import type { BoundPolicy, DecisionRecord } from "@replicast/sim-core";

/** Another count in place of what a policy decides: so many, or so many more or fewer than it decided, never below 0. */
export interface ForkChange {
  readonly replicas: number;
  readonly isRelative: boolean;
}

/** Where time forks, and what is decided there instead. */
export interface ForkPoint {
  readonly deployment: string;
  /** The firing whose decision is replaced. */
  readonly atSeconds: number;
  /** Later decisions, before this time, are bound to it, too. */
  readonly untilSeconds: number;
  readonly replicas: number;
  /** Later decisions: at least so many, at most so many, exactly so many. */
  readonly bound: "least" | "most" | "exact";
}

/** The point at which a decision is replaced by a change of it. */
export function forkPoint(
  decision: Pick<DecisionRecord, "deployment" | "timeSeconds" | "desiredReplicas">,
  { replicas, isRelative }: ForkChange,
  holdSeconds: number,
): ForkPoint {
  const { deployment, timeSeconds, desiredReplicas } = decision;
  return {
    deployment,
    atSeconds: timeSeconds,
    untilSeconds: timeSeconds + holdSeconds,
    replicas: isRelative ? Math.max(0, desiredReplicas + replicas) : replicas,
    bound: isRelative ? (replicas > 0 ? "least" : "most") : "exact",
  };
}

/**
 * The same controllers, but at the fork somebody else decides. The policy is asked all the same, and remembers what it would have decided:
 * as when somebody scales by hand behind its back.
 */
export function withOtherDecision(controllers: readonly BoundPolicy[], point: ForkPoint): readonly BoundPolicy[] {
  return controllers.map((bound) => (bound.deployment === point.deployment ? replaced(bound, point) : bound));
}

function replaced(bound: BoundPolicy, point: ForkPoint): BoundPolicy {
  const { policy } = bound;
  return {
    ...bound,
    policy: {
      ...policy,
      decide(observation, state, config) {
        const outcome = policy.decide(observation, state, config);
        const { nowSeconds, scale } = observation;
        // the clock is the one that the firing was recorded with: the same double
        const isFork = nowSeconds === point.atSeconds;
        if (!isFork && !(nowSeconds > point.atSeconds && nowSeconds < point.untilSeconds)) return outcome;
        const decided = outcome.decision?.desiredReplicas ?? scale.specReplicas;
        const desiredReplicas = isFork ? point.replicas : bounded(decided, point);
        if (desiredReplicas === decided && !isFork) return outcome;
        const evidence = { ...outcome.decision?.evidence, decidedReplicas: decided };
        return { state: outcome.state, decision: { desiredReplicas, reason: "ForkedDecision", evidence } };
      },
    },
  };
}

function bounded(decided: number, { replicas, bound }: ForkPoint): number {
  if (bound === "exact") return replicas;
  return bound === "least" ? Math.max(decided, replicas) : Math.min(decided, replicas);
}
