import {
  definePolicy,
  type Issue,
  type Json,
  type Observation,
  type ParseResult,
  type Policy,
  type PolicyOutcome,
  type ScaleDecision,
} from "@replicast/sim-core";
import { fixed } from "../fixed/fixed.ts";
import { type HpaConfig, hpa } from "../hpa/hpa.ts";
import type { HpaState } from "../hpa/reconcile.ts";
import { type KedaConfig, type KedaState, keda } from "../keda/keda.ts";
import { isRecord } from "../manifest/documents.ts";
import { forecast } from "./forecast.ts";
import { largest } from "./largest.ts";
import { type AnyPolicy, BoundMember, type Member, ownName, parseMember } from "./members.ts";
import { schedule } from "./schedule.ts";

/** What can be a floor. */
const FLOORS: readonly AnyPolicy[] = [fixed, schedule, forecast, largest];
const FLOOR = "floor";

type Fields = { readonly [key: string]: Json };

/** A controller's configuration, with the policy that raises its minimum, if there is one. */
export type Floored<Config extends Fields> = Config & { readonly floor?: Member };

/** What the floor asked for last; null before it first could decide. */
type FloorState = { readonly inner: Json; readonly state: Json; readonly replicas: number | null };

/** How a floor is put under a controller. */
interface Raising<Config extends Fields> {
  readonly limits: (config: Config) => { readonly min: number; readonly max: number };
  /** The configuration with another minimum, which never exceeds its maximum. */
  readonly raise: (config: Config, minReplicas: number) => Config;
}

/**
 * A controller whose minimum a second policy raises while it runs, as a job would that patches `minReplicas` of the object: the rest of
 * the manifest holds as it is, and the new minimum counts from the controller's next sync on. Without `floor` it is the controller itself.
 */
export function withFloor<Config extends Fields, State extends Json>(
  policy: Policy<Config, State>,
  { limits, raise }: Raising<Config>,
): Policy<Floored<Config>, State | FloorState> {
  const effective = (config: Floored<Config>, replicas: number | null): Config => {
    const { min, max } = limits(config);
    return replicas === null || replicas <= min ? config : raise(config, Math.min(replicas, max));
  };
  return definePolicy<Floored<Config>, State | FloorState>({
    id: policy.id,
    parseConfig(raw, context) {
      if (!isRecord(raw) || raw[FLOOR] === undefined) return policy.parseConfig(raw, context) as ParseResult<Floored<Config>>;
      const issues: Issue[] = [];
      const { [FLOOR]: entry, ...own } = raw;
      const floor = parseMember(entry, [FLOOR], FLOORS, context, (issue) => void issues.push(issue));
      const parsed = policy.parseConfig(own, context);
      const found = [...(parsed.ok ? (parsed.warnings ?? []) : parsed.issues), ...issues];
      if (!parsed.ok || floor === undefined) return { ok: false, issues: found };
      return { ok: true, config: { ...parsed.config, floor } as Floored<Config>, warnings: found };
    },
    withCapacity(config, capacity) {
      return config.floor === undefined ? config : { ...config, floor: bound(config.floor).withCapacity(capacity) };
    },
    without(config, hindrance, replicasMax) {
      const free = policy.without === undefined ? config : { ...config, ...policy.without(config, hindrance, replicasMax) };
      return config.floor === undefined ? free : { ...free, floor: bound(config.floor).without(hindrance, replicasMax) };
    },
    initialState(config) {
      const inner = policy.initialState(config);
      return config.floor === undefined ? inner : { inner, state: bound(config.floor).initialState(), replicas: null };
    },
    timers: (config) => [...floorOf(config).flatMap((floor) => floor.timers()), ...policy.timers(config)],
    queries: (config) => [...policy.queries(config), ...floorOf(config).flatMap((floor) => floor.queries())],
    needs(timer, state, config, scale) {
      if (config.floor === undefined) return policy.needs(timer, state as State, config, scale);
      const own = ownName(FLOOR, timer);
      const { inner, state: floorState } = state as FloorState;
      return own === undefined ? policy.needs(timer, inner as State, config, scale) : bound(config.floor).needs(own, floorState, scale);
    },
    decide(observation, state, config) {
      if (!hasFloor(config)) return policy.decide(observation, state as State, config);
      const both = state as FloorState;
      const own = ownName(FLOOR, observation.timer);
      if (own !== undefined) return decideFloor(observation, own, both, { floor: config.floor, ...limits(config) });
      const { decision, state: inner, ...rest } = policy.decide(observation, both.inner as State, effective(config, both.replicas));
      const next = { ...both, inner };
      return decision === undefined
        ? { ...rest, state: next }
        : { state: next, decision: told(decision, both, { floor: config.floor, ...limits(config) }) };
    },
  });
}

/** The floor's own firing: it decides about the minimum, and leaves the replicas to the controller. */
function decideFloor(
  observation: Observation,
  timer: string,
  state: FloorState,
  { floor, min, max }: { readonly floor: Member; readonly min: number; readonly max: number },
): PolicyOutcome<FloorState> {
  const { decision, state: next, ...rest } = bound(floor).decide(observation, timer, state.state);
  if (decision === undefined) return { ...rest, state: { ...state, state: next } };
  const within = (replicas: number): number => Math.min(Math.max(replicas, min), max);
  const replicas = within(decision.desiredReplicas);
  const before = within(state.replicas ?? 0);
  const evidence = {
    ...decision.evidence,
    floorReplicas: replicas,
    floorWanted: decision.desiredReplicas,
    floorReason: decision.reason,
    manifestMinReplicas: min,
    manifestMaxReplicas: max,
  };
  return {
    state: { ...state, state: next, replicas: decision.desiredReplicas },
    decision: {
      desiredReplicas: observation.scale.specReplicas,
      reason: replicas > before ? "FloorRaised" : replicas < before ? "FloorLowered" : "FloorKept",
      evidence,
    },
  };
}

/** A decision that says what the floor has made of the minimum, when it has made something of it. */
function told(
  decision: ScaleDecision,
  { replicas }: FloorState,
  { floor, min, max }: { readonly floor: Member; readonly min: number; readonly max: number },
): ScaleDecision {
  if (replicas === null || replicas <= min) return decision;
  const { held } = decision;
  // the minimum that holds is the floor's, who foresaw it
  const hold = held?.by === "min" && floor.kind !== fixed.id ? { held: { ...held, by: "forecast" as const } } : {};
  return { ...decision, ...hold, evidence: { ...decision.evidence, floorReplicas: Math.min(replicas, max), manifestMinReplicas: min } };
}

function hasFloor<Config extends Fields>(config: Floored<Config>): config is Floored<Config> & { readonly floor: Member } {
  return config.floor !== undefined;
}

function bound(member: Member): BoundMember {
  return new BoundMember(member, FLOORS, FLOOR);
}

function floorOf({ floor }: { readonly floor?: Member }): readonly BoundMember[] {
  return floor === undefined ? [] : [bound(floor)];
}

/** The HorizontalPodAutoscaler, with or without a `floor`: a job would patch `spec.minReplicas` of the HPA. */
export const flooredHpa: Policy<Floored<HpaConfig>, HpaState | FloorState> = withFloor<HpaConfig, HpaState>(hpa, {
  limits: ({ spec }) => ({ min: spec.minReplicas, max: spec.maxReplicas }),
  raise: (config, minReplicas) => ({ ...config, spec: { ...config.spec, minReplicas } }),
});

/** KEDA, with or without a `floor`: a job would patch `spec.minReplicaCount` of the ScaledObject, and the operator passes it on to its HPA. */
export const flooredKeda: Policy<Floored<KedaConfig>, KedaState | FloorState> = withFloor<KedaConfig, KedaState>(keda, {
  limits: ({ spec }) => ({ min: spec.minReplicaCount, max: spec.maxReplicaCount }),
  raise: (config, minReplicas) => ({
    ...config,
    spec: { ...config.spec, minReplicaCount: minReplicas },
    hpa: { ...config.hpa, minReplicas },
  }),
});
