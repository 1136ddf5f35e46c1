import { definePolicy, type Held, type Issue, type Json, type Policy } from "@replicast/sim-core";
import { fixed } from "../fixed/fixed.ts";
import { hpa } from "../hpa/hpa.ts";
import { isRecord } from "../manifest/documents.ts";
import { nearest, parseResult } from "../parse.ts";
import { forecast } from "./forecast.ts";
import { type AnyPolicy, BoundMember, type Member, ownName, parseMember } from "./members.ts";
import { schedule } from "./schedule.ts";

/**
 * What can be one of several. KEDA is none of them: its poll asks for the count that is there, which the others may have made, and so
 * would never let go of it. It takes the others as its floor, or as triggers.
 */
const MEMBERS: readonly AnyPolicy[] = [fixed, schedule, forecast, hpa];
const KEYS: readonly string[] = ["kind", "name", "deployment", "of"];
const MEMBERS_MIN = 2;
const MEMBERS_MAX = 10;

export type LargestConfig = { readonly members: readonly Member[] };

/** What a member asked for last. */
type MemberWish = { readonly replicas: number; readonly reason: string; readonly atSeconds: number; readonly held: Hold | null };

/** {@link Held} as plain data. */
type Hold = { readonly by: Held["by"]; readonly wanted?: number };

export type LargestState = { readonly states: readonly Json[]; readonly wishes: readonly (MemberWish | null)[] };

/** `kind: max`: each member decides when its own timer says so, and the largest of their last wishes holds. */
export const largest: Policy<LargestConfig, LargestState> = definePolicy<LargestConfig, LargestState>({
  id: "max",
  parseConfig(raw, context) {
    const issues: Issue[] = [];
    const members = entriesOf(raw, issues).flatMap((entry, index): readonly Member[] => {
      const member = parseMember(entry, ["of", index], MEMBERS, context, (issue) => void issues.push(issue));
      return member === undefined ? [] : [member];
    });
    members.forEach(({ name }, index) => {
      if (members.findIndex((one) => one.name === name) < index)
        issues.push({ code: "duplicate_entry", path: ["of", index], data: { actual: name } });
    });
    return parseResult({ members }, issues);
  },
  withCapacity: (config, capacity) => ({ members: bind(config).map((member) => member.withCapacity(capacity)) }),
  without: (config, hindrance, replicasMax) => ({ members: bind(config).map((member) => member.without(hindrance, replicasMax)) }),
  initialState: (config) => ({ states: bind(config).map((member) => member.initialState()), wishes: config.members.map(() => null) }),
  timers: (config) => bind(config).flatMap((member) => member.timers()),
  queries: (config) => bind(config).flatMap((member) => member.queries()),
  needs(timer, state, config, scale) {
    const { member, own, index } = firing(timer, config);
    return member.needs(own, state.states[index] as Json, scale);
  },
  decide(observation, state, config) {
    const { member, own, index } = firing(observation.timer, config);
    const outcome = member.decide(observation, own, state.states[index] as Json);
    const states = state.states.with(index, outcome.state);
    const { decision, state: _, ...rest } = outcome;
    // A member that cannot decide leaves what it asked for last.
    if (decision === undefined) return { ...rest, state: { ...state, states } };
    const wish = {
      replicas: decision.desiredReplicas,
      reason: decision.reason,
      atSeconds: observation.nowSeconds,
      held: decision.held ?? null,
    };
    const wishes = state.wishes.with(index, wish);
    const winner = winnerOf(wishes);
    const name = config.members[winner]?.name ?? "";
    const evidence = {
      ...decision.evidence,
      member: member.name,
      memberReason: decision.reason,
      winner: name,
      wishes: wishes.flatMap((one, i) => (one === null ? [] : [wishEvidence(config.members[i]?.name ?? "", one, observation.nowSeconds)])),
    };
    const desiredReplicas = wishes[winner]?.replicas ?? wish.replicas;
    const held = heldBy(wishes, desiredReplicas) ?? wishes[winner]?.held;
    const hold = held === null || held === undefined ? {} : { held };
    return {
      state: { states, wishes },
      decision: { desiredReplicas, reason: `By${camelCase(name)}`, ...hold, evidence },
    };
  },
});

function bind({ members }: LargestConfig): readonly BoundMember[] {
  return members.map((member, index) => new BoundMember(member, MEMBERS, String(index)));
}

function firing(timer: string, config: LargestConfig): { readonly member: BoundMember; readonly own: string; readonly index: number } {
  for (const [index, member] of config.members.entries()) {
    const own = ownName(String(index), timer);
    if (own !== undefined) return { member: new BoundMember(member, MEMBERS, String(index)), own, index };
  }
  throw new TypeError(`no member has a timer ${timer}`);
}

/** The first of the members with the largest wish. */
function winnerOf(wishes: readonly (MemberWish | null)[]): number {
  let winner = -1;
  wishes.forEach((wish, index) => {
    if (wish !== null && (winner < 0 || wish.replicas > (wishes[winner]?.replicas ?? 0))) winner = index;
  });
  return winner;
}

/** The hold of a member that would have asked for more than all of them do; absent: none would. */
function heldBy(wishes: readonly (MemberWish | null)[], replicas: number): Hold | undefined {
  return wishes.find((wish) => (wish?.held?.wanted ?? 0) > replicas)?.held ?? undefined;
}

function wishEvidence(name: string, { replicas, reason, atSeconds }: MemberWish, nowSeconds: number): { readonly [key: string]: Json } {
  return { name, replicas, reason, ageSeconds: nowSeconds - atSeconds };
}

/** "office hours" → "OfficeHours", as the reasons of real controllers are written. */
function camelCase(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join("");
}

function entriesOf(raw: unknown, issues: Issue[]): readonly unknown[] {
  if (!isRecord(raw)) {
    issues.push({ code: "policy_not_an_object", path: [] });
    return [];
  }
  for (const key of Object.keys(raw)) {
    if (KEYS.includes(key)) continue;
    const near = nearest(key, KEYS);
    issues.push({ code: "unknown_key", path: [key], data: { key, known: ["of"], ...(near === undefined ? {} : { near }) } });
  }
  const { of } = raw;
  if (!Array.isArray(of)) {
    issues.push(
      of === undefined
        ? { code: "missing_key", path: [], data: { key: "of" } }
        : { code: "wrong_type", path: ["of"], data: { expected: "list", actual: String(of) } },
    );
    return [];
  }
  if (of.length < MEMBERS_MIN || of.length > MEMBERS_MAX)
    issues.push({ code: "out_of_range", path: ["of"], data: { minimum: MEMBERS_MIN, maximum: MEMBERS_MAX, actual: of.length } });
  return of;
}
