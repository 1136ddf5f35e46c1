import { describe, expect, it } from "vitest";
import { ControlLoop, type ControlLoopPort } from "./control-loop.ts";
import type { MetricSource } from "./metric-source.ts";
import { type BoundPolicy, definePolicy } from "./policy.ts";

const follow = definePolicy<{ readonly wants: number | null }, { readonly firings: number }>({
  id: "follow",
  parseConfig: () => ({ ok: true, config: { wants: null } }),
  initialState: () => ({ firings: 0 }),
  timers: () => [{ name: "sync", periodSeconds: 15 }],
  needs: () => [{ name: "load", kind: "promql", query: "load" }],
  queries: () => [{ name: "load", kind: "promql", query: "load" }],
  decide: ({ metrics, scale }, { firings }, { wants }) => {
    const load = metrics["load"];
    const state = { firings: firings + 1 };
    if (load === undefined || !load.ok) return { state };
    return {
      state,
      decision: {
        desiredReplicas: wants ?? scale.specReplicas,
        reason: "Follow",
        evidence: { load: load.elements[0]?.value ?? null, firings },
      },
    };
  },
});

const SOURCE: MetricSource = {
  series: () => ["load"],
  answer: (_, { nowSeconds }) => ({ ok: true, elements: [{ labels: {}, value: nowSeconds }], ageSeconds: 3 }),
};
/** Says how many series there are. */
const COUNTING: MetricSource = {
  series: () => ["load"],
  answer: (_, { nowSeconds, reader }) => ({ ok: true, elements: [{ labels: {}, value: reader.select([], 0, nowSeconds).length }] }),
};

const PORT: ControlLoopPort = {
  scale: () => ({ specReplicas: 2, statusReplicas: 2 }),
  pods: () => [],
  namespace: () => "default",
  reader: { select: () => [] },
  startEpochSeconds: 0,
  outageAt: () => undefined,
};

interface LoopOptions {
  readonly answer?: "error" | "empty";
  readonly source?: MetricSource;
  readonly reader?: ControlLoopPort["reader"];
}

function loop(
  wants: number | null,
  outage: readonly [number, number] = [0, 0],
  { answer = "error", source = SOURCE, reader = { select: () => [] } }: LoopOptions = {},
): ControlLoop {
  const port: ControlLoopPort = {
    ...PORT,
    reader,
    outageAt: (now) => (now >= outage[0] && now < outage[1] ? answer : undefined),
  };
  const bound: BoundPolicy = { deployment: "chat", policy: follow, config: { wants } };
  return new ControlLoop([bound], source, port);
}

describe("the control loop", () => {
  it("answers what a policy needs, keeps what it remembers and records what it decided with its evidence", () => {
    const control = loop(5);
    control.fire(0, "sync", 15);
    control.fire(0, "sync", 30);
    expect(
      control.decisions.map(({ timeSeconds, specReplicas, decision }) => [
        timeSeconds,
        specReplicas,
        decision.desiredReplicas,
        decision.evidence,
      ]),
    ).toEqual([
      [15, 2, 5, { load: 15, firings: 0 }],
      [30, 2, 5, { load: 30, firings: 1 }],
    ]);
  });

  it("fails every answer while metrics are out, and counts the firings that could not decide by reason", () => {
    const control = loop(5, [20, 40]);
    for (const now of [15, 30, 45]) control.fire(0, "sync", now);
    expect(control.decisions.map(({ timeSeconds }) => timeSeconds)).toEqual([15, 45]);
    expect(control.undecided).toEqual({ "metrics are unavailable": 1 });
  });

  it("asks a database without series while metrics are lost, which answers all the same", () => {
    const series = { labels: {}, times: new Float64Array(0), values: new Float64Array(0), stale: new Uint8Array(0), from: 0, to: 0 };
    const control = loop(null, [20, 40], { answer: "empty", source: COUNTING, reader: { select: () => [series] } });
    for (const now of [15, 30, 45]) control.fire(0, "sync", now);
    expect(control.decisions.map(({ decision }) => decision.evidence["load"])).toEqual([1, 0, 1]);
  });

  it("asks endpoints directly what is live, whatever has become of the metrics", () => {
    const direct = definePolicy<null, null>({
      id: "direct",
      timers: () => [{ name: "sync", periodSeconds: 15 }],
      queries: () => [],
      parseConfig: () => ({ ok: true, config: null }),
      initialState: () => null,
      needs: () => [{ name: "now", kind: "live", metric: "queued_requests" }],
      decide: ({ metrics }, state) => {
        const { now } = metrics;
        const queued = now?.ok === true ? (now.elements[0]?.value ?? 0) : -1;
        return queued > 0 ? { state, decision: { desiredReplicas: queued, reason: "Queue", evidence: {} } } : { state, isQuiet: true };
      },
    });
    const port: ControlLoopPort = {
      ...PORT,
      outageAt: () => "error",
      live: (metric, deployment, now) => [{ labels: {}, value: metric === "queued_requests" && deployment === "chat" ? now - 15 : -1 }],
    };
    const control = new ControlLoop([{ deployment: "chat", policy: direct, config: null }], SOURCE, port);
    for (const now of [15, 30]) control.fire(0, "sync", now);
    expect(control.decisions.map(({ decision }) => decision.desiredReplicas)).toEqual([15]);
    // a firing that was only a look is not one that missed its metrics
    expect(control.undecided).toEqual({});
  });

  it.each([-1, 1.5, Number.NaN])("stops at a decision for %s replicas: that is a broken policy", (wants) => {
    expect(() => loop(wants).fire(0, "sync", 15)).toThrow(/policy_decision_out_of_range/);
  });

  it("continues from a saved state as if it had not stopped", () => {
    const control = loop(5, [20, 40]);
    control.fire(0, "sync", 15);
    control.fire(0, "sync", 30);
    const copy = loop(5, [20, 40]);
    copy.restore(structuredClone(control.save()));
    control.fire(0, "sync", 45);
    copy.fire(0, "sync", 45);
    expect(copy.save()).toEqual(control.save());
  });
});
