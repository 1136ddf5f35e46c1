import type { DecisionRecord } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { explainDecision } from "./decision.ts";

type Evidence = DecisionRecord["evidence"];

function decision(evidence: Evidence, changes: Partial<DecisionRecord> = {}): DecisionRecord {
  return {
    timeSeconds: 0,
    deployment: "chat",
    timer: "sync",
    specReplicas: 4,
    desiredReplicas: 4,
    readyReplicas: 4,
    reason: "DesiredWithinRange",
    evidence,
    ...changes,
  };
}

const RUNNING = {
  metric: "pods metric vllm:num_requests_running",
  targetType: "AverageValue",
  target: 20,
  value: 25.5,
  samples: 4,
  least: 20,
  most: 31,
  ageSeconds: 7.5,
  ratio: 1.275,
  proposal: 6,
  pods: { ready: 4, unready: 0, missing: 0, ignored: 0 },
};
const SYNC = {
  currentReplicas: 4,
  minReplicas: 2,
  maxReplicas: 8,
  tolerance: { up: 0.1, down: 0.1 },
  metrics: [RUNNING],
  recommendation: 6,
  decisiveMetric: RUNNING.metric,
  stabilizedReplicas: 6,
  stabilization: "ReadyForNewScale",
  stabilizationWindowSeconds: 0,
  limited: false,
  limit: "DesiredWithinRange",
  conditions: [],
};

describe("a sync of the HPA in words", () => {
  it("goes from the metric with its age to the count", () => {
    const text = explainDecision(decision(SYNC, { desiredReplicas: 6 }));
    expect(text.sentences).toEqual([
      "pods metric vllm:num_requests_running: 25.5 on average over 4 pods (20 to 31) against 20 each, 7.50 s old, ratio 1.275; times 4 ready pods, rounded up, asks for 6.",
      "4 → 6 (DesiredWithinRange); 4 replicas ready at that moment.",
    ]);
    expect(text.because).toBe("vllm:num_requests_running 25.5 against 20 each asks for 6");
  });

  it.each([
    { ratio: 1.1, says: "within the tolerance of 10%, so it asks to stay at 4", because: "both bounds are inclusive" },
    { ratio: 1.101, says: "times 4 ready pods, rounded up, asks for 4", because: "just outside" },
  ])("tells at ratio $ratio on which side of the tolerance it lies: $because", ({ ratio, says }) => {
    const { sentences } = explainDecision(decision({ ...SYNC, metrics: [{ ...RUNNING, ratio, proposal: 4 }], recommendation: 4 }));
    expect(sentences[0]).toContain(says);
  });

  it("says as what pods without a usable sample count", () => {
    const metric = { ...RUNNING, filledRatio: 0.85, pods: { ready: 4, unready: 1, missing: 1, ignored: 0 }, proposal: 4 };
    const { sentences } = explainDecision(decision({ ...SYNC, metrics: [metric], recommendation: 4 }));
    expect(sentences[1]).toBe(
      "1 pod not ready counts as idle, 1 pod without a sample counts as idle: ratio 0.85; that would turn the direction around, so it asks to stay at 4.",
    );
  });

  it("says what held a step down, and since when", () => {
    const held = {
      ...SYNC,
      metrics: [{ ...RUNNING, ratio: 0.4, proposal: 2 }],
      recommendation: 2,
      stabilizedReplicas: 4,
      stabilization: "ScaleDownStabilized",
      stabilizationWindowSeconds: 300,
      heldBy: { replicas: 4, ageSeconds: 285 },
    };
    expect(explainDecision(decision(held)).sentences).toContain(
      "Scaling down to 2 waits: 4 were recommended 4 min 45 s ago, within the stabilisation window of 5 min, so 4 remain the least.",
    );
  });

  it("knows that scaling down ends at minReplicas, whatever was recommended", () => {
    const held = { heldBy: { replicas: 3, ageSeconds: 60 }, stabilization: "ScaleDownStabilized", stabilizedReplicas: 3 };
    const evidence = { ...SYNC, minReplicas: 1, recommendation: 0, stabilizationWindowSeconds: 300, ...held };
    expect(explainDecision(decision(evidence)).sentences).toContain(
      "Scaling down to minReplicas, 1 (0 recommended), waits: 3 were recommended 60.0 s ago, within the stabilisation window of 5 min, so 3 remain the least.",
    );
  });

  it.each([
    { limit: "ScaleUpLimit", says: "The scaling policies allow at most 5 at this moment." },
    { limit: "ScaleDownLimit", says: "The scaling policies allow no fewer than 5 at this moment." },
    { limit: "TooManyReplicas", says: "maxReplicas is 8." },
    { limit: "TooFewReplicas", says: "minReplicas is 2." },
  ])("names the limit that cut the step: $limit", ({ limit, says }) => {
    const limited = { ...SYNC, policyLimit: 5, limited: true, limit };
    expect(explainDecision(decision(limited, { reason: limit })).sentences).toContain(says);
  });

  it("says that a failed metric forbids scaling down, and which", () => {
    const failed = { metric: "Service metric load", targetType: "Value", target: 1, reason: "FailedGetObjectMetric", error: "outage" };
    const { recommendation: _, decisiveMetric: __, ...rest } = SYNC;
    const text = explainDecision(decision({ ...rest, metrics: [RUNNING, failed], failure: "outage" }, { reason: "FailedGetObjectMetric" }));
    expect(text.sentences).toContain("A metric that fails might have asked for more, so the HPA does not scale down on the others.");
    expect(text.because).toBe("Service metric load failed: outage");
  });

  it("divides the total of an external metric by its target, and names the query and the age behind it", () => {
    const metric = {
      metric: "external metric s0-prometheus",
      targetType: "AverageValue",
      target: 5,
      value: 9.25,
      total: 37,
      ratio: 1.85,
      proposal: 8,
    };
    const evidence = { ...SYNC, metrics: [metric], triggers: [{ metric: "s0-prometheus", ageSeconds: 4 }], recommendation: 8 };
    const { sentences } = explainDecision(decision(evidence), (_, name) => (name === "s0-prometheus" ? "sum(waiting)" : undefined));
    expect(sentences[0]).toBe(
      "external metric s0-prometheus (sum(waiting)): 37 in all, 9.25 each against 5 each, 4.00 s old, ratio 1.85; 37 ÷ 5, rounded up, asks for 8.",
    );
  });

  it("does not call it scaling down when a higher recommendation replaces one above the current count", () => {
    const held = { heldBy: { replicas: 243, ageSeconds: 75 }, stabilization: "ScaleDownStabilized", stabilizedReplicas: 243 };
    const evidence = { ...SYNC, currentReplicas: 12, recommendation: 62, stabilizationWindowSeconds: 300, ...held };
    expect(explainDecision(decision(evidence)).sentences).toContain(
      "243 were recommended 75.0 s ago, within the stabilisation window of 5 min, so 243 count instead of 62.",
    );
  });

  it("does not pass a fallback's value off as the metric's, in one line either", () => {
    const metric = { metric: "external metric s0-prometheus", targetType: "AverageValue", target: 5, value: 7.5, total: 30, proposal: 6 };
    const triggers = [{ metric: "s0-prometheus", error: "no answer", failures: 4, fallbackValue: 30 }];
    const evidence = { ...SYNC, metrics: [metric], triggers, recommendation: 6, decisiveMetric: metric.metric };
    expect(explainDecision(decision(evidence)).because).toContain("s0-prometheus 7.5 (the fallback's value) against 5 each asks for 6");
  });

  it.each([
    { current: 1, says: "1 are below minReplicas 2: metrics are not looked at." },
    { current: 9, says: "9 are above maxReplicas 8: metrics are not looked at." },
    { current: 0, says: "At 0 replicas the HPA is off." },
  ])("needs no metric at $current replicas", ({ current, says }) => {
    const evidence = { currentReplicas: current, minReplicas: 2, maxReplicas: 8, metrics: [], conditions: [] };
    expect(explainDecision(decision(evidence, { specReplicas: current })).sentences[0]).toBe(says);
  });
});

describe("a check of KEDA's own loop in words", () => {
  const poll = { controller: "keda-operator", cooldownPeriodSeconds: 300, lastActiveSeconds: 10 };
  const trigger = { metric: "s0-prometheus", type: "prometheus", threshold: 5, activationThreshold: 0 };

  it("says why the last replica goes", () => {
    const evidence = { ...poll, triggers: [{ ...trigger, value: 0, active: false, ageSeconds: 3 }] };
    const { sentences } = explainDecision(
      decision(evidence, { specReplicas: 1, desiredReplicas: 0, reason: "KEDAScaleTargetDeactivated" }),
    );
    expect(sentences).toEqual([
      "s0-prometheus: 0, 3.00 s old, not above the activation threshold of 0.",
      "No trigger has been active for longer than the cooldown of 5 min, so KEDA sets 0.",
      "1 → 0 (KEDAScaleTargetDeactivated); 4 replicas ready at that moment.",
    ]);
  });

  it("counts failures against the fallback's threshold", () => {
    const evidence = {
      ...poll,
      fallback: { failureThreshold: 3, replicas: 6, behavior: "static" },
      triggers: [{ ...trigger, error: "no answer", failures: 4, fallbackValue: 30 }],
    };
    expect(explainDecision(decision(evidence, { reason: "ScalerActive" })).sentences.slice(0, 2)).toEqual([
      "s0-prometheus failed: no answer (4 failures in a row); the fallback's value 30 takes its place.",
      "The fallback (static, 6 replicas) takes over after more than 3 failures in a row.",
    ]);
  });
});

describe("decisions of other policies in words", () => {
  it("tells a forecast from the observed rate to the load that is carried", () => {
    const evidence = {
      observedPerSecond: 3.2,
      ageSeconds: 5,
      horizonSeconds: 240,
      forecastPerSecond: 5,
      intervalPerSecond: [4, 6],
      peakPerSecond: 5,
      headroomPerSecond: 1,
      perReplicaPerSecond: 1.5,
      boundBy: "scaleDownDelay",
    };
    expect(explainDecision(decision(evidence, { reason: "TrendForecast" })).sentences.slice(0, 4)).toEqual([
      "Observed: 3.2/s, 5.00 s old.",
      "From level and trend, without a season, 5/s (4 to 6) in 4 min; the most until then is 5/s.",
      "With headroom that is 6/s, at 1.5/s for each replica.",
      "A larger wish within the scale-down delay still holds.",
    ]);
  });

  it("tells how far it looks ahead and why that far, and what had been expected for now", () => {
    const evidence = {
      observedPerSecond: 3,
      horizonSeconds: 240,
      horizonFrom: "measured",
      forecastPerSecond: 5,
      peakPerSecond: 5,
      headroomPerSecond: 1,
      perReplicaPerSecond: 1.5,
      forecastForNowPerSecond: 2.5,
      errorPerSecond: 0.5,
    };
    expect(explainDecision(decision(evidence, { reason: "KalmanForecast" })).sentences.slice(0, 4)).toEqual([
      "Observed: 3/s.",
      "From level and slope, filtered, 5/s in 4 min, what starts have taken here; the most until then is 5/s.",
      "For now 2.5/s had been expected: 0.5/s too low.",
      "With headroom that is 6/s, at 1.5/s for each replica.",
    ]);
  });

  it("names the winner of several, and tells the member that has just decided by its own wish", () => {
    const evidence = {
      localTime: "mon 2026-03-02 08:28",
      because: "mon-fri 08:30-19:30",
      calendarReplicas: 2,
      dueInSeconds: 120,
      leadSeconds: 435,
      member: "office hours",
      memberReason: "AheadOfWindow",
      winner: "hpa",
      wishes: [
        { name: "office hours", replicas: 4, reason: "AheadOfWindow", ageSeconds: 0 },
        { name: "hpa", replicas: 6, reason: "DesiredWithinRange", ageSeconds: 7.5 },
      ],
    };
    const { sentences } = explainDecision(decision(evidence, { reason: "ByHpa", desiredReplicas: 6 }));
    expect(sentences[1]).toMatch(/^In 2 min it will say 4,/);
    expect(sentences[2]).toBe("Of office hours 4, hpa 6 the largest counts: hpa.");
  });

  it("tells what a floor makes of the minimum", () => {
    const evidence = {
      localTime: "mon 2026-03-02 09:00",
      because: "default",
      calendarReplicas: 5,
      floorReplicas: 5,
      floorWanted: 5,
      floorReason: "OutsideWindows",
      manifestMinReplicas: 2,
    };
    expect(explainDecision(decision(evidence, { reason: "FloorRaised" })).sentences).toContain(
      "The floor raises the minimum to 5; the manifest says 2.",
    );
  });

  it("tells what a calendar says, and what is due within the lead", () => {
    const evidence = {
      localTime: "mon 2026-03-02 08:28",
      because: "mon-fri 08:30-19:30",
      calendarReplicas: 2,
      dueInSeconds: 120,
      leadSeconds: 435,
    };
    expect(explainDecision(decision(evidence, { reason: "AheadOfWindow" })).because).toBe(
      "At mon 2026-03-02 08:28 the calendar says 2. In 2 min it will say 4, by the window mon-fri 08:30-19:30, and the lead is 7 min 15 s",
    );
  });

  it("names what a policy of the user's own gives as evidence", () => {
    expect(explainDecision(decision({ waiting: 12 }, { reason: "Mine" })).sentences).toEqual([
      "waiting = 12.",
      "Stays at 4 (Mine); 4 replicas ready at that moment.",
    ]);
  });
});
