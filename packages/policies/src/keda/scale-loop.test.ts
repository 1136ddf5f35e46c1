import { expect, it } from "vitest";
import { checkScale, type ScaleLoopInput } from "./scale-loop.ts";
import { KEDA_DEFAULTS, type KedaSpec } from "./spec.ts";

const ANNOTATIONS = { paused: false, pausedScaleIn: false, pausedScaleOut: false, forceActivation: false };

const check = (given: Partial<ScaleLoopInput>, spec: Partial<KedaSpec> = {}) =>
  checkScale({
    spec: { ...KEDA_DEFAULTS, triggers: [], annotations: ANNOTATIONS, ...spec },
    wallSeconds: 1000.25,
    createdWallSeconds: 0.25,
    replicas: 0,
    active: false,
    failing: false,
    ...given,
  });

const FALLBACK = { failureThreshold: 3, replicas: 6, behavior: "static" } as const;

it.each([
  { given: { active: true }, spec: {}, sets: 1, because: "the first activity starts one" },
  { given: { active: true }, spec: { minReplicaCount: 3 }, sets: 3, because: "or the minimum" },
  { given: { active: true, replicas: 5 }, spec: {}, sets: undefined, because: "above zero the HPA decides" },
  { given: { active: true, replicas: 1 }, spec: { minReplicaCount: 3 }, sets: undefined, because: "the HPA lifts it to the minimum" },
  { given: { active: true, replicas: 1 }, spec: { minReplicaCount: 3, idleReplicaCount: 1 }, sets: 3, because: "but not out of idleness" },
  { given: { replicas: 7 }, spec: {}, sets: 0, because: "never active, the initial cooldown is over: all at once" },
  { given: { replicas: 7 }, spec: { initialCooldownPeriodSeconds: 1000 }, sets: 0, because: "creation time is cut to whole seconds" },
  { given: { replicas: 7 }, spec: { initialCooldownPeriodSeconds: 1001 }, sets: undefined, because: "the initial cooldown runs" },
  { given: { replicas: 7, lastActiveWallSeconds: 700 }, spec: {}, sets: 0, because: "300 s of cooldown are over" },
  { given: { replicas: 7, lastActiveWallSeconds: 701 }, spec: {}, sets: undefined, because: "they are not" },
  { given: { replicas: 7 }, spec: { minReplicaCount: 3, idleReplicaCount: 1 }, sets: 1, because: "it goes to the idle count" },
  { given: { replicas: 1 }, spec: { minReplicaCount: 3 }, sets: 3, because: "below the minimum without activity it is lifted" },
  { given: { replicas: 7, failing: true }, spec: {}, sets: undefined, because: "an error without fallback holds" },
  { given: { replicas: 7, failing: true }, spec: { fallback: FALLBACK }, sets: undefined, because: "so does one with a fallback to come" },
  { given: { replicas: 7, failing: true }, spec: { fallback: { ...FALLBACK, replicas: 0 } }, sets: 0, because: "a fallback to 0 is none" },
  {
    given: { replicas: 0, active: true },
    spec: { annotations: { ...ANNOTATIONS, pausedScaleOut: true } },
    sets: undefined,
    because: "scale-out is paused",
  },
  {
    given: { replicas: 7 },
    spec: { annotations: { ...ANNOTATIONS, pausedScaleIn: true } },
    sets: undefined,
    because: "scale-in is paused",
  },
  { given: {}, spec: { annotations: { ...ANNOTATIONS, forceActivation: true } }, sets: 1, because: "activation is forced" },
  {
    given: { replicas: 7 },
    spec: { annotations: { ...ANNOTATIONS, paused: true, pausedReplicas: 2 } },
    sets: 2,
    because: "it is paused at a count",
  },
])("sets $sets replicas: $because", ({ given, spec, sets }) => {
  expect(check(given, spec).replicas).toBe(sets);
});

it("moves the time of the last activity only while nothing fails", () => {
  expect(check({ active: true, replicas: 2 }).lastActiveWallSeconds).toBe(1000);
  expect(check({ active: true, replicas: 2, failing: true, lastActiveWallSeconds: 900 }).lastActiveWallSeconds).toBe(900);
  expect(check({ replicas: 2, lastActiveWallSeconds: 900 })).toMatchObject({ lastActiveWallSeconds: 900, cooldownLeftSeconds: 199.75 });
});

it.each([
  { given: { replicas: 7, lastActiveWallSeconds: 701 }, spec: {}, held: { by: "cooldown", wanted: 0 }, because: "the cooldown runs" },
  {
    given: { replicas: 7, lastActiveWallSeconds: 701 },
    spec: { minReplicaCount: 3, idleReplicaCount: 1 },
    held: { by: "cooldown", wanted: 1 },
    because: "it would go to the idle count",
  },
  { given: { replicas: 7, lastActiveWallSeconds: 700 }, spec: {}, held: undefined, because: "the cooldown is over" },
  { given: { replicas: 7, failing: true }, spec: {}, held: { by: "metric" }, because: "a trigger fails" },
  { given: { replicas: 1 }, spec: { minReplicaCount: 3 }, held: { by: "min" }, because: "it is lifted to the minimum" },
  { given: { active: true, replicas: 5 }, spec: {}, held: undefined, because: "above zero the HPA decides" },
  {
    given: { active: true },
    spec: { annotations: { ...ANNOTATIONS, pausedScaleOut: true } },
    held: { by: "paused" },
    because: "scale-out is paused",
  },
] as const)("is held by $held: $because", ({ given, spec, held }) => {
  expect(check(given, spec).held).toEqual(held);
});
