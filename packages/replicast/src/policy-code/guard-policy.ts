import { InputError, type Json, type Observation, SimError } from "@replicast/sim-core";
import type { AnyPolicy } from "../load.ts";

/**
 * A policy that is foreign code, with its slips told as such: what it throws, states that are not plain data and decisions that are none
 * are the policy's, not ours. Its answers are not changed.
 *
 * @throws InputError from its functions: `policy_threw`, `policy_not_plain`, `policy_bad_decision`
 */
export function guardPolicy(policy: AnyPolicy): AnyPolicy {
  const call = <T>(name: string, timeSeconds: number | undefined, run: () => T): T => {
    try {
      return run();
    } catch (error) {
      if (error instanceof InputError || error instanceof SimError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw refusal("policy_threw", policy, name, timeSeconds, { message });
    }
  };
  const plain = <T>(name: string, timeSeconds: number | undefined, value: T): T => {
    const place = notPlainAt(value, "result");
    if (place !== undefined) throw refusal("policy_not_plain", policy, name, timeSeconds, { place });
    return value;
  };
  return {
    ...policy,
    parseConfig: (raw, context) =>
      plain(
        "parseConfig",
        undefined,
        call("parseConfig", undefined, () => policy.parseConfig(raw, context)),
      ),
    initialState: (config) =>
      plain(
        "initialState",
        undefined,
        call("initialState", undefined, () => policy.initialState(config)),
      ),
    timers: (config) => call("timers", undefined, () => policy.timers(config)),
    queries: (config) => call("queries", undefined, () => policy.queries(config)),
    needs: (timer, state, config, scale) => call("needs", undefined, () => policy.needs(timer, state, config, scale)),
    decide(observation: Observation, state, config) {
      const { nowSeconds } = observation;
      const outcome = plain(
        "decide",
        nowSeconds,
        call("decide", nowSeconds, () => policy.decide(observation, state, config)),
      );
      const desired = outcome.decision?.desiredReplicas;
      if (outcome.decision !== undefined && !isCount(desired))
        throw new InputError([
          { code: "policy_bad_decision", path: [], data: { policy: policy.id, actual: desired ?? null, timeSeconds: nowSeconds } },
        ]);
      return outcome;
    },
  };
}

/** Whether a decision can be carried out. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function refusal(
  code: string,
  { id }: AnyPolicy,
  name: string,
  timeSeconds: number | undefined,
  data: { readonly [key: string]: Json },
): InputError {
  return new InputError([
    { code, path: [], data: { policy: id, function: name, ...data, ...(timeSeconds === undefined ? {} : { timeSeconds }) } },
  ]);
}

/** Place of the first value that JSON does not keep; keys that are undefined are left out by it, and do not count. */
function notPlainAt(value: unknown, place: string): string | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return undefined;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : place;
  if (Array.isArray(value))
    return firstOf(
      value.map((item, index) => [String(index), item] as const),
      place,
      false,
    );
  if (typeof value !== "object" || (Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null))
    return place;
  return firstOf(Object.entries(value), place, true);
}

function firstOf(entries: readonly (readonly [string, unknown])[], place: string, isObject: boolean): string | undefined {
  for (const [key, item] of entries) {
    if (isObject && item === undefined) continue;
    const found = notPlainAt(item, `${place}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
