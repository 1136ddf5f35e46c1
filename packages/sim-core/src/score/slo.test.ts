import { describe, expect, it } from "vitest";
import { type EndedRequest, Recorder } from "../record/recorder.ts";
import type { SloConfig } from "./config.ts";
import { scoreSlo } from "./slo.ts";

const SLO: SloConfig = {
  objectives: [
    { metric: "ttft", thresholdSeconds: 2, target: 0.75 },
    { metric: "tpot", thresholdSeconds: 0.1, target: 0.5 },
  ],
  loadWindowSeconds: 60,
};

function request(changes: Partial<EndedRequest>): EndedRequest {
  return {
    fate: "completed",
    deployment: 0,
    arrivalSeconds: 10,
    endSeconds: 12,
    ttftSeconds: 1,
    e2eSeconds: 2,
    queueSeconds: 0,
    promptTokens: 100,
    outputTokens: 21,
    ...changes,
  };
}

function recorderOf(requests: readonly EndedRequest[]): Recorder {
  const recorder = new Recorder({ durationSeconds: 300, deployments: 1, objectives: SLO.objectives });
  for (const each of requests) {
    recorder.arrived(0, each.arrivalSeconds, 1, 1);
    recorder.ended(each);
  }
  return recorder;
}

const score = (requests: readonly EndedRequest[], slo: SloConfig = SLO) => scoreSlo(slo, recorderOf(requests), 300);

describe("the SLO", () => {
  it.each([
    { changes: {}, counted: 1, violations: 0, because: "both objectives are met" },
    { changes: { ttftSeconds: 2 }, counted: 1, violations: 0, because: "a threshold is met by its own value" },
    { changes: { ttftSeconds: 2.001, e2eSeconds: 3 }, counted: 1, violations: 1, because: "the first token came too late" },
    { changes: { e2eSeconds: 9 }, counted: 1, violations: 1, because: "8 s for 20 tokens after the first" },
    { changes: { e2eSeconds: 9, outputTokens: 1 }, counted: 1, violations: 0, because: "one token has no TPOT" },
    { changes: { fate: "timedOut" }, counted: 1, violations: 1, because: "a lost request misses everything" },
    { changes: { fate: "rejected", ttftSeconds: Number.NaN }, counted: 1, violations: 1, because: "a lost request misses everything" },
    {
      changes: { fate: "cancelled", endSeconds: 11.5, ttftSeconds: Number.NaN },
      counted: 0,
      violations: 0,
      because: "the client left before any threshold was passed",
    },
    {
      changes: { fate: "cancelled", endSeconds: 12.5, ttftSeconds: Number.NaN },
      counted: 1,
      violations: 1,
      because: "the client left after 2.5 s without a token",
    },
    {
      changes: { fate: "inFlight", endSeconds: 11, ttftSeconds: Number.NaN },
      counted: 0,
      violations: 0,
      because: "the run ended before it was late",
    },
    {
      changes: { fate: "inFlight", endSeconds: 15, ttftSeconds: Number.NaN },
      counted: 1,
      violations: 1,
      because: "it was late when the run ended",
    },
    { changes: { fate: "inFlight", endSeconds: 11.5, ttftSeconds: 1 }, counted: 0, violations: 0, because: "nothing is late yet" },
    {
      changes: { fate: "inFlight", endSeconds: 14, ttftSeconds: 1 },
      counted: 1,
      violations: 1,
      because: "3 s after the first token 20 more cannot make 0.1 s each",
    },
  ] as const)("counts $counted and violates $violations: $because", ({ changes, counted, violations }) => {
    const slo = score([request(changes as Partial<EndedRequest>)]);
    expect([slo.counted, slo.violations]).toEqual([counted, violations]);
  });

  it("meets a target that is met exactly, and misses it with one more miss", () => {
    const good = request({});
    const late = request({ ttftSeconds: 5, e2eSeconds: 6 });
    expect(score([good, good, good, late]).met).toBe(true);
    expect(score([good, good, late]).met).toBe(false);
  });

  it("calls a minute violated when its own arrivals fall below a target, and skips minutes without arrivals", () => {
    const late = { ttftSeconds: 5, e2eSeconds: 6 };
    const slo = score([
      request({ arrivalSeconds: 10 }),
      request({ arrivalSeconds: 70, ...late }),
      request({ arrivalSeconds: 75 }),
      request({ arrivalSeconds: 190 }),
    ]);
    expect([slo.violationMinutes, slo.minutesWithArrivals]).toEqual([1, 3]);
  });

  it("tells how much of the error budget is used: 2 misses of the 1 in 4 that are allowed", () => {
    const late = request({ ttftSeconds: 5, e2eSeconds: 6 });
    expect(score([request({}), request({}), late, late]).errorBudgetUsed).toBeCloseTo(2, 12);
  });

  it("counts goodput in requests that meet every objective per second of the run", () => {
    expect(score([request({}), request({}), request({ ttftSeconds: 5, e2eSeconds: 6 })]).goodputRequestsPerSecond).toBeCloseTo(2 / 300, 15);
  });

  it("asks availability of what ended", () => {
    const slo: SloConfig = { ...SLO, objectives: [], availability: 0.75 };
    const lost = request({ fate: "rejected" });
    expect(score([request({}), request({}), request({}), lost], slo).met).toBe(true);
    expect(score([request({}), request({}), lost], slo).met).toBe(false);
  });

  it("counts gaps between tokens one by one for an ITL objective", () => {
    const slo: SloConfig = { objectives: [{ metric: "itl", thresholdSeconds: 0.05, target: 0.9 }], loadWindowSeconds: 60 };
    const recorder = new Recorder({ durationSeconds: 300, deployments: 1, objectives: slo.objectives });
    recorder.gaps(0.04, 0.005, 5, 2); // 0.04, 0.045, 0.05 are good, 0.055 and 0.06 are not
    const [objective] = scoreSlo(slo, recorder, 300).objectives;
    expect([objective?.counted, objective?.good]).toEqual([10, 6]);
  });
});
