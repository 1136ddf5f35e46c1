import { describe, expect, it } from "vitest";
import { configOf, drive, type Scripted, testContext } from "../testing.ts";
import { largest } from "./largest.ts";

const HPA = {
  kind: "hpa",
  downscaleStabilizationSeconds: 0,
  spec: {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "chat" },
    minReplicas: 1,
    maxReplicas: 20,
    behavior: { scaleUp: { policies: [{ type: "Pods", value: 20, periodSeconds: 15 }] } },
    metrics: [{ type: "External", external: { metric: { name: "queue" }, target: { type: "AverageValue", averageValue: "10" } } }],
  },
};
const SCHEDULE = {
  kind: "schedule",
  name: "office hours",
  timeZone: "UTC",
  replicas: 2,
  windows: [{ from: "00:10", to: "00:20", replicas: 6 }],
};
const FORECAST = {
  kind: "forecast",
  perReplica: 1,
  maxReplicas: 20,
  season: "none",
  trend: "none",
  scaleDownDelaySeconds: 0,
  smoothing: { level: 1 },
};
const ALL = { kind: "max", of: [SCHEDULE, FORECAST, HPA] };

/** What the three see, in the order of their timers. */
function at(minute: number, rate: number | undefined, queue: number): readonly Scripted[] {
  const seconds = minute * 60;
  return [
    { atSeconds: seconds, timer: "0/sync", scale: 2 },
    { atSeconds: seconds, timer: "1/sample", scale: 2, metrics: { "1/rate": rate ?? { ok: true, elements: [] } } },
    { atSeconds: seconds + 7.5, timer: "2/sync", scale: 2, metrics: { "2/metrics[0]": queue } },
  ];
}

function decisions(script: readonly Scripted[]) {
  return drive(largest, configOf(largest, ALL), script).map(({ decision }) => decision);
}

describe("the largest of several policies", () => {
  it("has the timers and metrics of its members, each under its member's place", () => {
    const config = configOf(largest, ALL);
    expect(largest.timers(config).map(({ name, periodSeconds }) => [name, periodSeconds])).toEqual([
      ["0/sync", 60],
      ["1/sample", 60],
      ["2/sync", 15],
    ]);
    expect(largest.queries(config).map(({ name }) => name)).toEqual(["1/rate", "2/metrics[0]"]);
    const state = largest.initialState(config);
    const scale = { specReplicas: 1, statusReplicas: 1 };
    expect(largest.needs("0/sync", state, config, scale)).toEqual([]);
    expect(largest.needs("2/sync", state, config, scale)).toMatchObject([{ name: "2/metrics[0]", kind: "external", metric: "queue" }]);
  });

  it.each([
    { minute: 12, rate: 3, queue: 10, wants: 6, reason: "ByOfficeHours", because: "the window asks for most" },
    { minute: 1, rate: 7, queue: 10, wants: 7, reason: "ByForecast", because: "the load does" },
    { minute: 1, rate: 3, queue: 80, wants: 8, reason: "ByHpa", because: "the queue does" },
    { minute: 1, rate: 2, queue: 20, wants: 2, reason: "ByOfficeHours", because: "of equals the first one is named" },
  ])("asks for $wants, $reason: $because", ({ minute, rate, queue, wants, reason }) => {
    const last = decisions(at(minute, rate, queue)).at(-1);
    expect(last).toMatchObject({ desiredReplicas: wants, reason });
    expect(last?.evidence["wishes"]).toHaveLength(3);
  });

  it("says which member has just decided, for what reason, and what each asked for last", () => {
    const [first, second] = decisions(at(12, 3, 10));
    expect(first?.evidence).toMatchObject({ member: "office hours", memberReason: "InWindow", winner: "office hours" });
    expect(second?.evidence).toMatchObject({
      member: "forecast",
      memberReason: "LevelForecast",
      forecastPerSecond: 3,
      winner: "office hours",
    });
    expect(decisions([...at(12, 3, 10), ...at(13, 3, 10)])[3]?.evidence["wishes"]).toEqual([
      { name: "office hours", replicas: 6, reason: "InWindow", ageSeconds: 0 },
      { name: "forecast", replicas: 3, reason: "LevelForecast", ageSeconds: 60 },
      { name: "hpa", replicas: 1, reason: "DesiredWithinRange", ageSeconds: 52.5 },
    ]);
  });

  it("is held by what holds the winner, unless a member would have asked for more than all of them", () => {
    expect(decisions(at(12, 3, 10)).at(-1)?.held).toEqual({ by: "forecast" });
    expect(decisions(at(12, 3, 500)).at(-1)).toMatchObject({ desiredReplicas: 20, held: { by: "max", wanted: 50 } });
    const narrow = { ...ALL, of: [SCHEDULE, { ...HPA, spec: { ...HPA.spec, maxReplicas: 3 } }] };
    const [schedule, , hpa] = at(12, 3, 500);
    const script = [schedule as Scripted, { ...(hpa as Scripted), timer: "1/sync", metrics: { "1/metrics[0]": 500 } }];
    expect(drive(largest, configOf(largest, narrow), script).at(-1)?.decision).toMatchObject({
      desiredReplicas: 6,
      reason: "ByOfficeHours",
      held: { by: "max", wanted: 50 },
    });
  });

  it("keeps what a member asked for last while that one cannot decide", () => {
    const all = decisions([...at(1, 9, 10), ...at(2, undefined, 10)]);
    expect(all[4]).toBeUndefined();
    expect(all[5]).toMatchObject({ desiredReplicas: 9, reason: "ByForecast" });
  });

  it("hands the capacity to the members that ask for it", () => {
    const config = configOf(largest, { ...ALL, of: [SCHEDULE, { ...FORECAST, perReplica: "capacity" }] });
    const sized = largest.withCapacity?.(config, [{ replicas: 1, requestsPerSecond: 2 }]);
    const [, second] = drive(largest, sized ?? config, at(1, 9, 10).slice(0, 2));
    expect(second?.decision?.desiredReplicas).toBe(5);
  });
});

describe("its configuration", () => {
  it.each([
    { raw: { kind: "max" }, issue: ["missing_key", ""], because: "there is nothing to compare" },
    { raw: { kind: "max", of: [SCHEDULE] }, issue: ["out_of_range", "of"], because: "one is no choice" },
    { raw: { ...ALL, off: 1 }, issue: ["unknown_key", "off"], because: "it is a slip of of" },
    { raw: { ...ALL, of: [SCHEDULE, SCHEDULE] }, issue: ["duplicate_entry", "of.1"], because: "the winner could not be named" },
    {
      raw: { ...ALL, of: [SCHEDULE, { kind: "keda" }] },
      issue: ["member_kind", "of.1.kind"],
      because: "KEDA's poll asks for what is there",
    },
    { raw: { ...ALL, of: [SCHEDULE, 7] }, issue: ["member_kind", "of.1"], because: "7 is no policy" },
    {
      raw: { ...ALL, of: [FORECAST, { ...SCHEDULE, timeZone: "Mars" }] },
      issue: ["unknown_time_zone", "of.1.timeZone"],
      because: "members are checked as if they stood alone",
    },
  ])("is refused with $issue: $because", ({ raw, issue }) => {
    const parsed = largest.parseConfig(raw, testContext());
    expect(parsed.ok ? [] : parsed.issues.map(({ code, path }) => [code, path.join(".")])).toEqual([issue]);
  });
});
