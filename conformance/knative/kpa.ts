import { type Aggregation, emptyBuckets, isEmpty, record, windowAverage } from "../../packages/policies/src/knative/buckets.ts";
import { initialScaler, scale } from "../../packages/policies/src/knative/scaler.ts";
import { mismatch } from "../mismatch.ts";
import type { VectorKind } from "../suite.ts";
import { sameAverage } from "./buckets.ts";

type Tick = readonly [
  t: number,
  ready: number,
  valid: boolean,
  desired: number | null,
  ebc: number | null,
  inPanic: boolean | null,
  stable: number,
  panic: number,
];

interface KpaCase {
  readonly spec: {
    readonly aggregation: Aggregation;
    readonly stableWindowS: number;
    readonly panicWindowS: number;
    readonly targetValue: number;
    readonly totalValue: number;
    readonly targetBurstCapacity: number;
    readonly panicThreshold: number;
    readonly maxScaleUpRate: number;
    readonly maxScaleDownRate: number;
    readonly scaleDownDelayS: number;
    readonly activationScale: number;
    readonly reachable: boolean;
    readonly scrapeTargetSet: boolean;
  };
  readonly t0UnixS: number;
  readonly initialReady: number;
  readonly records: readonly (readonly [t: number, value: number, proxied: number])[];
  readonly ticks: readonly Tick[];
}

/** Excess burst capacity is a floor: where its argument is this near to a whole number, the power function's last bit decides. */
const FLOOR_SLACK = 1e-9;

function check({ spec, t0UnixS, initialReady, records, ticks }: KpaCase): string | undefined {
  const stableShape = { windowSeconds: spec.stableWindowS, granularitySeconds: 1 };
  const panicShape = { windowSeconds: spec.panicWindowS, granularitySeconds: 1 };
  const decider = { ...spec, stableWindowSeconds: spec.stableWindowS, scaleDownDelaySeconds: spec.scaleDownDelayS };
  let stable = emptyBuckets(stableShape);
  let panic = emptyBuckets(panicShape);
  let state = initialScaler(initialReady, t0UnixS);
  let next = 0;
  for (const [t, ready, valid, desired, ebc, inPanic, stableWanted, panicWanted] of ticks) {
    for (let entry = records[next]; entry !== undefined && Math.floor(entry[0]) <= Math.floor(t); entry = records[++next]) {
      const [at, value, proxied] = entry;
      stable = record(stable, stableShape, t0UnixS + at, value - proxied);
      panic = record(panic, panicShape, t0UnixS + at, value - proxied);
    }
    const unixSeconds = t0UnixS + t;
    const isValid = !(spec.scrapeTargetSet && isEmpty(stable, stableShape, unixSeconds));
    if (isValid !== valid) return mismatch([`valid at ${t}`, valid, isValid]);
    if (!valid) continue;
    const stableAverage = windowAverage(stable, stableShape, spec.aggregation, unixSeconds);
    const panicAverage = windowAverage(panic, panicShape, spec.aggregation, unixSeconds);
    if (!sameAverage(stableWanted, stableAverage)) return mismatch([`stable average at ${t}`, stableWanted, stableAverage]);
    if (!sameAverage(panicWanted, panicAverage)) return mismatch([`panic average at ${t}`, panicWanted, panicAverage]);
    const result = scale(decider, state, { unixSeconds, readyPods: ready, stableAverage, panicAverage });
    state = result.state;
    const wrong = mismatch([`desired at ${t}`, desired, result.desiredPods], [`panic at ${t}`, inPanic, state.panicSeconds !== null]);
    if (wrong !== undefined) return wrong;
    const argument = ready * spec.totalValue - spec.targetBurstCapacity - panicAverage;
    const isWobbly = spec.targetBurstCapacity > 0 && Math.abs(argument - Math.round(argument)) < FLOOR_SLACK * Math.max(1, argument);
    if (ebc !== result.excessBurstCapacity && !(isWobbly && Math.abs((ebc ?? 0) - result.excessBurstCapacity) <= 1))
      return mismatch([`excess burst capacity at ${t}`, ebc, result.excessBurstCapacity]);
  }
  return undefined;
}

/** Load over time → pods, tick by tick. */
export const kpa: VectorKind<KpaCase> = { kind: "kpa", recognises: ({ kind }) => kind === "kpa", check };
