import { HINDRANCES } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { hpa } from "../hpa/hpa.ts";
import { configOf, drive, type Scripted, testContext } from "../testing.ts";
import { flooredHpa, flooredKeda } from "./floor.ts";
import { forecast } from "./forecast.ts";
import type { ForecastConfig } from "./forecast-config.ts";
import { largest } from "./largest.ts";

const SPEC = {
  scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "chat" },
  minReplicas: 2,
  maxReplicas: 8,
  metrics: [{ type: "External", external: { metric: { name: "queue" }, target: { type: "AverageValue", averageValue: "10" } } }],
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
const HPA = { kind: "hpa", spec: SPEC, downscaleStabilizationSeconds: 0 };

const sync = (atSeconds: number, queue: number, scale: number): Scripted => ({
  atSeconds,
  timer: "sync",
  scale,
  metrics: { "metrics[0]": queue },
});
const look = (atSeconds: number, rate: number, scale: number): Scripted => ({
  atSeconds,
  timer: "floor/sample",
  scale,
  metrics: { "floor/rate": rate },
});

function asked(raw: object, script: readonly Scripted[]) {
  return drive(flooredHpa, configOf(flooredHpa, raw), script).map(({ decision }) => [decision?.desiredReplicas, decision?.reason]);
}

describe("a floor under an HPA", () => {
  it("raises the minimum from the HPA's next sync on, and by itself changes nothing", () => {
    expect(asked({ ...HPA, floor: FORECAST }, [sync(7.5, 10, 2), look(60, 5, 2), sync(67.5, 10, 2), sync(82.5, 10, 5)])).toEqual([
      [2, "ScaleDownStabilized"],
      [2, "FloorRaised"],
      [5, "TooFewReplicas"],
      [5, "TooFewReplicas"],
    ]);
  });

  it("gives way when it sinks, and never goes below the manifest's minimum or above its maximum", () => {
    const reasons = asked({ ...HPA, floor: FORECAST }, [
      look(0, 12, 2),
      sync(7.5, 10, 2),
      look(60, 1, 8),
      sync(67.5, 10, 8),
      look(120, 1, 2),
      look(180, 1, 2),
    ]);
    expect(reasons).toEqual([
      [2, "FloorRaised"],
      [8, "TooFewReplicas"],
      [8, "FloorLowered"],
      [2, "TooFewReplicas"],
      [2, "FloorKept"],
      [2, "FloorKept"],
    ]);
  });

  it("leaves the metrics to ask for more than it does", () => {
    expect(asked({ ...HPA, floor: FORECAST }, [look(0, 3, 2), sync(7.5, 60, 3)]).at(-1)).toEqual([6, "DesiredWithinRange"]);
  });

  it("tells in its own decisions what was forecast, and in the HPA's what the manifest's minimum was", () => {
    const [floor, own] = drive(flooredHpa, configOf(flooredHpa, { ...HPA, floor: FORECAST }), [look(0, 12, 2), sync(7.5, 10, 2)]);
    expect(floor?.decision?.evidence).toMatchObject({
      forecastPerSecond: 12,
      floorReplicas: 8,
      floorWanted: 12,
      floorReason: "LevelForecast",
      manifestMinReplicas: 2,
    });
    expect(own?.decision?.evidence).toMatchObject({ minReplicas: 8, floorReplicas: 8, manifestMinReplicas: 2 });
  });

  it("says that a minimum somebody foresaw is a forecast, and one that is fixed is a minimum", () => {
    const held = (floor: object, first: Scripted) =>
      drive(flooredHpa, configOf(flooredHpa, { ...HPA, floor }), [first, sync(7.5, 10, 6), sync(22.5, 10, 6)]).at(-1)?.decision?.held;
    expect(held(FORECAST, look(0, 6, 6))).toEqual({ by: "forecast", wanted: 1 });
    expect(held({ kind: "fixed", replicas: 6 }, { atSeconds: 0, timer: "floor/check", scale: 6 })).toEqual({ by: "min", wanted: 1 });
  });

  it("can be a schedule, and the largest of several", () => {
    const schedule = { kind: "schedule", timeZone: "UTC", replicas: 1, windows: [{ from: "00:00", to: "01:00", replicas: 4 }] };
    const first = (floor: object) => asked({ ...HPA, floor }, [{ atSeconds: 0, timer: "floor/sync", scale: 2 }, sync(7.5, 10, 2)]).at(-1);
    expect(first(schedule)).toEqual([4, "TooFewReplicas"]);
    const both = { kind: "max", of: [schedule, { kind: "fixed", replicas: 5 }] };
    expect(
      asked({ ...HPA, floor: both }, [
        { atSeconds: 0, timer: "floor/0/sync", scale: 2 },
        { atSeconds: 0, timer: "floor/1/check", scale: 2 },
        sync(7.5, 10, 2),
      ]).at(-1),
    ).toEqual([5, "TooFewReplicas"]);
  });

  it("is nothing when there is none: configuration, state and decisions are those of the HPA", () => {
    const script = [sync(7.5, 10, 2), sync(22.5, 90, 2), sync(37.5, 5, 8)];
    expect(configOf(flooredHpa, HPA)).toEqual(configOf(hpa, HPA));
    expect(drive(flooredHpa, configOf(flooredHpa, HPA), script)).toEqual(drive(hpa, configOf(hpa, HPA), script));
  });

  it("is refused with its place when it is no floor or is faulty, beside what is wrong with the HPA", () => {
    const issues = (raw: object) => {
      const parsed = flooredHpa.parseConfig(raw, testContext());
      return parsed.ok ? [] : parsed.issues.map(({ code, path }) => `${code} ${path.join(".")}`);
    };
    expect(issues({ ...HPA, floor: HPA })).toEqual(["member_kind floor.kind"]);
    expect(issues({ ...HPA, tolerence: 1, floor: { ...FORECAST, perReplica: 0 } })).toEqual([
      "policy_unknown_option tolerence",
      "out_of_range floor.perReplica",
    ]);
  });
});

const SCALED_OBJECT = {
  scaleTargetRef: { name: "chat" },
  minReplicaCount: 0,
  maxReplicaCount: 8,
  cooldownPeriod: 300,
  triggers: [
    {
      type: "prometheus",
      metadata: { serverAddress: "http://prometheus", query: "sum(gateway_queue_depth)", threshold: "10", activationThreshold: "1" },
    },
  ],
};
/** KEDA's own form of a scheduled floor. */
const CRON = { type: "cron", metadata: { timezone: "UTC", start: "10 0 * * *", end: "20 0 * * *", desiredReplicas: "5" } };

describe("a floored HPA freed of a hindrance", () => {
  it.each(HINDRANCES)("is the HPA without its %s, over a floor without its own", (hindrance) => {
    const config = configOf(flooredHpa, { ...HPA, floor: FORECAST });
    const { floor, ...own } = config;
    const free = flooredHpa.without?.(config, hindrance, 9) as typeof config;
    expect(free).toEqual({
      ...hpa.without?.(own, hindrance, 9),
      floor: { ...floor, config: forecast.without?.(floor?.config as ForecastConfig, hindrance, 9) ?? floor?.config },
    });
    const of = largest.without?.({ members: [{ kind: "hpa", name: "own", config: own }] }, hindrance, 9);
    expect(of?.members[0]?.config).toEqual(hpa.without?.(own, hindrance, 9));
  });
});

describe("a floor under KEDA", () => {
  const name = "s0-prometheus";
  const poll = (atSeconds: number, queue: number, scale: number): Scripted => ({
    atSeconds,
    timer: "poll",
    scale,
    metrics: { [name]: queue },
  });
  const hpaSync = (atSeconds: number, queue: number, scale: number): Scripted => ({
    atSeconds,
    timer: "hpa-sync",
    scale,
    metrics: { [name]: queue },
  });
  const run = (raw: object, script: readonly Scripted[]) =>
    drive(flooredKeda, configOf(flooredKeda, raw), script).map(({ decision }) => decision?.desiredReplicas);

  it("lifts a fleet from zero, keeps it while the trigger is silent, and lets it go afterwards", () => {
    const raw = { kind: "keda", spec: SCALED_OBJECT, floor: { ...FORECAST, minReplicas: 0 } };
    expect(run(raw, [poll(0, 0, 0), look(60, 3, 0), poll(90, 0, 0), hpaSync(97.5, 0, 3), poll(900, 0, 3)])).toEqual([0, 0, 3, 3, 3]);
    expect(run(raw, [look(0, 3, 3), poll(30, 0, 3), look(60, 0, 3), poll(900, 0, 3)]).at(-1)).toBe(0);
  });

  it("is in KEDA's own words a cron trigger beside the prometheus trigger: the larger of the two holds within the window", () => {
    const raw = { kind: "keda", spec: { ...SCALED_OBJECT, triggers: [...SCALED_OBJECT.triggers, CRON] } };
    const config = configOf(flooredKeda, raw);
    expect(config.hpa.metrics.map((metric) => (metric.type === "External" ? metric.metric.name : ""))).toHaveLength(2);
    // 00:12 is in the window, 00:30 is not.
    expect(run(raw, [poll(720, 5, 1), hpaSync(727.5, 5, 1)]).at(-1)).toBe(4);
    expect(run(raw, [poll(735, 5, 4), hpaSync(742.5, 5, 4)]).at(-1)).toBe(5);
    expect(run(raw, [poll(735, 75, 5), hpaSync(742.5, 75, 5)]).at(-1)).toBe(8);
    expect(run(raw, [poll(1800, 15, 1), hpaSync(1807.5, 15, 1)]).at(-1)).toBe(2);
  });
});
