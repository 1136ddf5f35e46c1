import { expect, it } from "vitest";
import { EMPTY_MEMORY } from "../../packages/policies/src/hpa/behavior.ts";
import { type HpaState, syncHpa } from "../../packages/policies/src/hpa/reconcile.ts";
import type { HpaFlags } from "../../packages/policies/src/hpa/spec.ts";
import { EMPTY_STATUS, type HpaCondition } from "../../packages/policies/src/hpa/status.ts";
import { podOf, readingOf, type VectorCluster } from "./cluster.ts";
import { readHpa } from "./manifests.ts";
import { failures, readVectors } from "./vectors.ts";

interface VectorStatus {
  readonly currentReplicas: number;
  readonly desiredReplicas: number;
  readonly lastScaleTime: number | null;
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly reason: string; readonly since: number }[];
}

interface Step extends VectorCluster {
  readonly t: number;
  readonly setHpa?: string;
  readonly selector?: string;
  readonly getScaleError?: string;
  readonly updateScaleError?: string;
  readonly expected: {
    readonly replicas: number;
    readonly error?: string;
    readonly status: VectorStatus;
    readonly events: readonly { readonly reason: string; readonly message: string }[];
  };
}

interface ReconcileCase {
  readonly name: string;
  readonly config: HpaFlags;
  readonly hpa: string;
  readonly containers?: VectorCluster["containers"];
  readonly initialStatus?: VectorStatus;
  readonly initialRecommendations: readonly (readonly [number, number])[] | null;
  readonly steps: readonly Step[];
}

function initialState({ initialStatus, initialRecommendations }: ReconcileCase): HpaState {
  const memory = initialRecommendations === null ? null : { ...EMPTY_MEMORY, recommendations: initialRecommendations };
  if (initialStatus === undefined) return { memory, status: EMPTY_STATUS };
  const { currentReplicas, desiredReplicas, conditions, lastScaleTime } = initialStatus;
  return {
    memory,
    status: {
      currentReplicas,
      desiredReplicas,
      ...(lastScaleTime === null ? {} : { lastScaleSeconds: lastScaleTime }),
      conditions: conditions.map(({ type, status, reason, since }) => ({
        type: type as HpaCondition["type"],
        status: status === "True",
        reason,
        sinceSeconds: since,
      })),
    },
  };
}

const UNSET_SECONDS = -1e9;

/** Manifests that the API server would never store: the controller's own tests bypass validation, our reader does not. */
const REFUSED_BY_VALIDATION = [
  "edge/bad-api-version",
  "upstream/scale-with-one-invalid-metric/01",
  "upstream/replica-limits/08",
  "upstream/condition-invalid-source-type/01",
  "upstream/computed-tolerance-alg-implementation/01",
  "upstream/computed-tolerance-alg-implementation/02",
];

const KNOWN_KINDS = /kind"?: "?(Deployment|StatefulSet|ReplicaSet|ReplicationController|LeaderWorkerSet)/;

const byType = (conditions: readonly HpaCondition[]): readonly unknown[] =>
  conditions
    .map(({ type, status, reason, sinceSeconds }) => ({ type, status: status ? "True" : "False", reason, since: sinceSeconds }))
    .sort((a, b) => (a.type < b.type ? -1 : 1));

const expectedConditions = ({ conditions }: VectorStatus): readonly unknown[] =>
  conditions
    // A time that was never set came out of Go as the oldest nanosecond it can count.
    .map(({ type, status, reason, since }) => ({ type, status, reason, since: Math.max(since, UNSET_SECONDS) }))
    .sort((a, b) => (a.type < b.type ? -1 : 1));

/** Without the selector, and without the kind: upstream calls an Object metric with an AverageValue target "external metric". */
const plain = (text: string): string => text.replace(/\((nil|&.*)\)/, "").replace(/reason: \w+ metric/, "reason: metric");

const rescaleEvent = (step: Step): string | undefined => step.expected.events.find(({ reason }) => reason === "SuccessfulRescale")?.message;

function passes(vector: ReconcileCase): boolean {
  let state = initialState(vector);
  let manifest = vector.hpa;
  let spec = specOfText(manifest);
  for (const step of vector.steps) {
    if (step.setHpa !== undefined) {
      manifest = step.setHpa;
      spec = specOfText(manifest);
    }
    const result = syncHpa(
      {
        spec,
        flags: vector.config,
        nowSeconds: step.t,
        specReplicas: step.specReplicas,
        statusReplicas: step.statusReplicas,
        pods: (step.pods ?? []).map((pod) => podOf(pod, vector.containers)),
        readings: spec.metrics.map((metric) => readingOf(metric, step.metrics)),
        refusals: {
          getScale: step.getScaleError !== undefined || !KNOWN_KINDS.test(manifest),
          updateScale: step.updateScaleError !== undefined,
          selector: step.selector !== undefined,
        },
      },
      state,
    );
    state = result.state;
    const { status } = step.expected;
    expect(result.replicas).toBe(step.expected.replicas);
    expect(result.failed).toBe(step.expected.error !== undefined);
    expect([state.status.currentReplicas, state.status.desiredReplicas, state.status.lastScaleSeconds ?? null]).toEqual([
      status.currentReplicas,
      status.desiredReplicas,
      status.lastScaleTime,
    ]);
    expect(byType(state.status.conditions)).toEqual(expectedConditions(status));
    const event = rescaleEvent(step);
    if (event !== undefined) expect(plain(`New size: ${result.replicas}; reason: ${result.text}`)).toBe(plain(event));
  }
  return true;
}

function specOfText(text: string) {
  const { spec, issues } = readHpa(text);
  if (spec === undefined) throw new Error(JSON.stringify(issues));
  return spec;
}

it("syncs as the controller does: replicas, conditions with their times, event texts", () => {
  const cases = readVectors<ReconcileCase>("hpa/reconcile.jsonl.gz");
  expect(failures(cases, passes)).toEqual(REFUSED_BY_VALIDATION);
  expect(cases.length).toBe(266);
});
