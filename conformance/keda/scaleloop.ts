import type { ScaledObject } from "../../packages/policies/src/keda/manifest.ts";
import {
  INITIAL_OPERATOR_STATE,
  type OperatorState,
  observeForHpa,
  observeForLoop,
  type TriggerInput,
} from "../../packages/policies/src/keda/observe.ts";
import { evaluatePrometheus } from "../../packages/policies/src/keda/prometheus.ts";
import { checkScale } from "../../packages/policies/src/keda/scale-loop.ts";
import type { MetricAnswer, MetricElement } from "../../packages/sim-core/src/scaling/policy.ts";
import { parseQuantity, quantityMilli } from "../../packages/sim-core/src/units/quantity.ts";
import { mismatch } from "../mismatch.ts";
import { inputsOf, type VectorKind } from "../suite.ts";
import { readObject } from "./scaled-objects.ts";

type Signal = readonly { readonly t: number; readonly v: number | string }[];

interface LoopEvent {
  readonly t: number;
  readonly setReplicas?: number;
  readonly annotate?: Readonly<Record<string, string>>;
  readonly removeAnnotations?: readonly string[];
  readonly specPatch?: Readonly<Record<string, unknown>> | string;
}

interface State {
  readonly replicas: number;
  readonly lastActiveS: number | null;
  readonly failures?: Readonly<Record<string, number>>;
  /** `min..max` of the generated HPA; null while there is none. */
  readonly hpa: string | null;
}

interface ScaleLoopCase {
  readonly name: string;
  readonly inputs: {
    readonly annotations: Readonly<Record<string, string>> | null;
    readonly durationS: number;
    readonly events: readonly LoopEvent[] | null;
    readonly hpaQueriesEvery15s: boolean;
    readonly initialReplicas: number;
    readonly phaseMs: number;
    readonly readyPods: number;
    readonly scaledObjectSpec: Readonly<Record<string, unknown>>;
    readonly signals: Readonly<Record<string, Signal>>;
  };
  readonly expected: {
    readonly changes: readonly { readonly by: string; readonly from: number; readonly to: number; readonly tMs: number }[];
    readonly states: readonly { readonly t: number; readonly state: State }[];
    readonly hpaMetrics?: readonly HpaRow[];
    readonly queries?: number;
  };
}

interface HpaRow {
  readonly t: number;
  readonly state?: string;
  readonly metrics?: null | readonly { readonly metric: string; readonly values?: readonly string[]; readonly error?: string }[];
}

/** 2026-01-01: a whole day in UTC, as the vectors' cron windows assume. */
const EPOCH_SECONDS = 1_767_225_600;

function answer(signal: Signal | undefined, seconds: number): MetricAnswer {
  const value = signal?.findLast(({ t }) => t <= seconds)?.v ?? "empty";
  const elements = (...values: readonly number[]): readonly MetricElement[] => values.map((sample) => ({ labels: {}, value: sample }));
  if (value === "error") return { ok: false, error: "status 500" };
  if (value === "empty") return { ok: true, elements: [] };
  if (value === "multi") return { ok: true, elements: elements(1, 2) };
  return { ok: true, elements: elements(typeof value === "number" ? value : Number(value.replace("Inf", "Infinity"))) };
}

/** One ScaledObject on a virtual clock. The HPA's own decisions are not part of these vectors, only what it is told. */
class Loop {
  readonly #case: ScaleLoopCase["inputs"];
  #object: ScaledObject;
  #annotations: Record<string, string>;
  #spec: Record<string, unknown>;
  #lastActive: number | undefined;
  #operator: OperatorState = INITIAL_OPERATOR_STATE;
  #nextPoll = 0;
  replicas: number;
  /** Requests that Prometheus has had. */
  queries = 0;
  readonly changes: { by: string; from: number; tMs: number; to: number }[] = [];
  readonly hpaRows: HpaRow[] = [];

  constructor(inputs: ScaleLoopCase["inputs"]) {
    this.#case = inputs;
    this.#annotations = { ...inputs.annotations };
    this.#spec = { ...inputs.scaledObjectSpec };
    this.#object = this.#read();
    this.replicas = inputs.initialReplicas;
  }

  run(onSecond: (seconds: number, state: State) => void): void {
    const { durationS, events, hpaQueriesEvery15s } = this.#case;
    for (let tenth = 0; tenth <= durationS * 10 + 7; tenth++) {
      const seconds = tenth / 10;
      for (const event of events ?? []) if (event.t * 10 + 1 === tenth) this.#apply(event, seconds);
      while (seconds >= this.#nextPoll) this.#poll(this.#nextPoll);
      // Only the state is looked at after the end.
      if (hpaQueriesEvery15s && seconds <= durationS && tenth % 150 === 55) this.#queryForHpa(seconds);
      if (tenth % 10 === 7) onSecond(Math.floor(seconds), this.#state());
    }
  }

  #read(): ScaledObject {
    const { object, issues } = readObject({ metadata: { name: "so", annotations: this.#annotations }, spec: this.#spec });
    if (object === undefined) throw new Error(JSON.stringify(issues));
    return object;
  }

  #apply(event: LoopEvent, seconds: number): void {
    if (event.setReplicas !== undefined) {
      this.#write(event.setReplicas, "external", seconds);
      return;
    }
    const wasPaused = this.#object.spec.annotations.paused;
    Object.assign(this.#annotations, event.annotate);
    for (const name of event.removeAnnotations ?? []) delete this.#annotations[name];
    if (typeof event.specPatch === "object") Object.assign(this.#spec, event.specPatch);
    else for (const [, key, value] of (event.specPatch ?? "").matchAll(/(\w+): *(\d+)/g)) this.#spec[key ?? ""] = Number(value);
    this.#object = this.#read();
    // A change of the spec or of the pause restarts the loop at once, and its phase moves; other annotations wait for the next poll.
    if (event.specPatch !== undefined || wasPaused !== this.#object.spec.annotations.paused) this.#nextPoll = seconds;
    if (event.specPatch !== undefined) this.#operator = { ...this.#operator, cache: { ownCounts: this.#operator.counts }, records: {} };
  }

  #triggers(seconds: number): TriggerInput {
    const { signals, readyPods } = this.#case;
    const { triggers, fallback, scalingModifiers } = this.#object.spec;
    const queries = triggers.flatMap((trigger) => (trigger.type === "prometheus" ? [trigger] : []));
    const answers: Record<string, MetricAnswer> = {};
    for (const trigger of queries) {
      const found = answer(signals[trigger.query], seconds);
      // What fails is asked once more at once.
      const requests = evaluatePrometheus(trigger, found).ok ? 1 : 2;
      Object.defineProperty(answers, trigger.metricName, {
        get: () => {
          this.queries += requests;
          return found;
        },
      });
    }
    return {
      triggers,
      scalingModifiers,
      answers,
      epochSeconds: EPOCH_SECONDS + seconds,
      nowSeconds: seconds,
      existingPods: this.replicas,
      fallback,
      specReplicas: this.replicas,
      readyPods,
    };
  }

  #poll(seconds: number): void {
    const { spec } = this.#object;
    const phase = this.#case.phaseMs / 1000;
    const seen = spec.annotations.paused ? undefined : observeForLoop(this.#triggers(seconds), this.#operator);
    this.#operator = seen?.state ?? this.#operator;
    const result = checkScale({
      spec,
      wallSeconds: seconds + phase,
      createdWallSeconds: phase,
      ...(this.#lastActive === undefined ? {} : { lastActiveWallSeconds: this.#lastActive }),
      replicas: this.replicas,
      active: seen?.active ?? false,
      failing: seen?.failing ?? false,
    });
    this.#lastActive = result.lastActiveWallSeconds;
    if (result.replicas !== undefined) this.#write(result.replicas, spec.annotations.paused ? "keda-reconcile" : "keda", seconds);
    this.#nextPoll = seconds + spec.pollingIntervalSeconds;
  }

  #queryForHpa(seconds: number): void {
    const t = Math.floor(seconds);
    const state = this.#object.spec.annotations.paused ? "no-hpa" : this.replicas === 0 ? "disabled-at-zero" : undefined;
    if (state !== undefined) {
      this.#addRow({ t, state });
      return;
    }
    const { readings, state: operator } = observeForHpa(this.#triggers(seconds), this.#operator);
    this.#operator = operator;
    const metrics = Object.entries(readings).map(([metric, reading]) =>
      reading.ok ? { metric, values: [reading.valueMilli.toString()] } : { metric, error: "error" },
    );
    this.#addRow({ t, metrics });
  }

  /** A row is left out when it equals the row before. */
  #addRow(row: HpaRow): void {
    const last = this.hpaRows.at(-1);
    if (JSON.stringify([last?.state, last?.metrics]) !== JSON.stringify([row.state, row.metrics])) this.hpaRows.push(row);
  }

  #write(to: number, by: string, seconds: number): void {
    this.changes.push({ by, from: this.replicas, tMs: Math.round(seconds * 1000), to });
    this.replicas = to;
  }

  #state(): State {
    const lastActiveS = this.#lastActive ?? null;
    const { spec, hpa } = this.#object;
    const bounds = spec.annotations.paused ? null : `${hpa.minReplicas}..${hpa.maxReplicas}`;
    return { replicas: this.replicas, lastActiveS, failures: this.#operator.counts, hpa: bounds };
  }
}

const milli = (text: string): string => {
  const quantity = parseQuantity(text);
  return quantity === undefined ? text : quantityMilli(quantity).toString();
};

const normalRow = ({ t, state, metrics }: HpaRow): HpaRow => ({
  t,
  ...(state === undefined ? {} : { state }),
  ...(metrics === undefined
    ? {}
    : {
        metrics: (metrics ?? []).map(({ metric, values, error }) =>
          error === undefined ? { metric, values: (values ?? []).map(milli) } : { metric, error: "error" },
        ),
      }),
});

function check({ inputs, expected }: ScaleLoopCase): string | undefined {
  const loop = new Loop(inputs);
  const states = new Map<number, State>();
  loop.run((seconds, state) => states.set(seconds, state));
  const wrong = mismatch(["changes", expected.changes, loop.changes]);
  if (wrong !== undefined) return wrong;
  for (const { t, state: wanted } of expected.states) {
    const found = states.get(t);
    const failed = mismatch(
      [`replicas at ${t} s`, wanted.replicas, found?.replicas],
      [`lastActiveS at ${t} s`, wanted.lastActiveS, found?.lastActiveS],
      [`hpa at ${t} s`, wanted.hpa, found?.hpa],
      [`failures at ${t} s`, wanted.failures, wanted.failures === undefined ? undefined : found?.failures],
    );
    if (failed !== undefined) return failed;
  }
  return mismatch(
    ["hpaMetrics", expected.hpaMetrics?.map(normalRow), expected.hpaMetrics && loop.hpaRows],
    ["queries", expected.queries, expected.queries === undefined ? undefined : loop.queries],
  );
}

/** One ScaledObject's scale loop on a virtual clock. */
export const scaleLoop: VectorKind<ScaleLoopCase> = {
  kind: "scaleloop",
  recognises: (vector) => "scaledObjectSpec" in inputsOf(vector),
  check,
};
