import { expect, it } from "vitest";
import { EMPTY_MEMORY, type HpaMemory, normalizeReplicas, rememberScaleEvent } from "../../packages/policies/src/hpa/behavior.ts";
import type { HpaFlags, HpaSpec } from "../../packages/policies/src/hpa/spec.ts";
import { specOf } from "./manifests.ts";
import { failures, readVectors } from "./vectors.ts";

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

function passes(vector: BehaviorCase): boolean {
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
    expect([current, result.stabilization, result.limited, result.limit]).toEqual([
      expected.replicas,
      expected.ableToScale,
      expected.limited,
      expected.limitedReason,
    ]);
    if (expected.state !== undefined) expect(stateOf(memory)).toEqual(expected.state);
  }
  expect(memory && stateOf(memory)).toEqual(vector.finalState);
  return true;
}

it("stabilises, limits and remembers as the controller does, sync by sync", () => {
  const cases = readVectors<BehaviorCase>("hpa/behavior.jsonl.gz");
  expect(failures(cases, passes)).toEqual([]);
  expect(cases.length).toBe(641);
  expect(cases.reduce((syncs, { syncs: list }) => syncs + list.length, 0)).toBe(31_946);
});
