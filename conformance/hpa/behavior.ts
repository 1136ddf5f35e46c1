import { EMPTY_MEMORY, type HpaMemory, normalizeReplicas, rememberScaleEvent } from "../../packages/policies/src/hpa/behavior.ts";
import type { HpaFlags, HpaSpec } from "../../packages/policies/src/hpa/spec.ts";
import { mismatch } from "../mismatch.ts";
import type { VectorKind } from "../suite.ts";
import { specOf } from "./manifests.ts";

interface RawSpec {
  readonly minReplicas?: number;
  readonly maxReplicas: number;
  readonly behavior?: unknown;
}

interface MemoryState {
  readonly recommendations: readonly (readonly [number, number])[];
  readonly scaleUpEvents: readonly (readonly [number, number, number])[];
  readonly scaleDownEvents: readonly (readonly [number, number, number])[];
}

interface Sync {
  readonly t: number;
  readonly desired: number;
  readonly setSpec?: RawSpec;
  readonly setCurrent?: number;
  readonly expected: {
    readonly replicas: number;
    readonly ableToScale: string;
    readonly limited: boolean;
    readonly limitedReason: string;
    readonly state?: MemoryState;
  };
}

interface BehaviorCase {
  readonly name: string;
  readonly config: HpaFlags;
  readonly spec: RawSpec;
  readonly initialReplicas: number;
  readonly syncs: readonly Sync[];
  readonly finalState: MemoryState;
}

const stateOf = ({ recommendations, scaleUpEvents, scaleDownEvents }: HpaMemory): MemoryState => ({
  recommendations,
  scaleUpEvents: scaleUpEvents.map(([at, change, outdated]) => [at, change, outdated ? 1 : 0]),
  scaleDownEvents: scaleDownEvents.map(([at, change, outdated]) => [at, change, outdated ? 1 : 0]),
});

/** Limits and behavior as the API server would store them; a cpu metric stands in for the ones the vectors leave out. */
function bounds(raw: RawSpec): HpaSpec {
  const metric = { type: "External", external: { metric: { name: "x" }, target: { type: "AverageValue", averageValue: "1" } } };
  return specOf({ scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "llm" }, ...raw, metrics: [metric] });
}

function check(vector: BehaviorCase): string | undefined {
  let spec = bounds(vector.spec);
  let current = vector.initialReplicas;
  let memory: HpaMemory | undefined;
  for (const { t, desired, setSpec, setCurrent, expected } of vector.syncs) {
    if (setSpec !== undefined) spec = bounds(setSpec);
    current = setCurrent ?? current;
    memory ??= { ...EMPTY_MEMORY, recommendations: [[t, current]] };
    const result = normalizeReplicas({ spec, flags: vector.config, nowSeconds: t, current, desired, memory });
    memory = rememberScaleEvent(spec, t, current, result.replicas, result.memory);
    current = result.replicas;
    const { replicas, ableToScale, limited, limitedReason, state } = expected;
    const wrong = mismatch(
      [`replicas at ${t} s`, replicas, current],
      [`ableToScale at ${t} s`, ableToScale, result.stabilization],
      [`limited at ${t} s`, [limited, limitedReason], [result.limited, result.limit]],
      [`state at ${t} s`, state, state && stateOf(memory)],
    );
    if (wrong !== undefined) return wrong;
  }
  return mismatch(["finalState", vector.finalState, memory && stateOf(memory)]);
}

/** Recommendations over time → replicas and memory. */
export const behavior: VectorKind<BehaviorCase> = { kind: "behavior", recognises: (vector) => "syncs" in vector, check };
