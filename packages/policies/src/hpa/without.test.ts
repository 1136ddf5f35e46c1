import { HINDRANCES } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import type { KedaConfig } from "../keda/keda.ts";
import { kedaWithout } from "../keda/without.ts";
import { forecast } from "../predictive/forecast.ts";
import { schedule } from "../predictive/schedule.ts";
import { EMPTY_MEMORY, normalizeReplicas } from "./behavior.ts";
import type { HpaConfig } from "./hpa.ts";
import { HPA_FLAG_DEFAULTS, type HpaSpec } from "./spec.ts";
import { hpaWithout } from "./without.ts";

const spec: HpaSpec = {
  minReplicas: 2,
  maxReplicas: 6,
  metrics: [],
  behavior: {
    scaleUp: {
      stabilizationWindowSeconds: 60,
      selectPolicy: "Min",
      policies: [{ type: "Pods", value: 1, periodSeconds: 60 }],
      tolerance: 0.2,
    },
    scaleDown: { selectPolicy: "Disabled", policies: [] },
  },
};
const hpa = {
  spec,
  flags: HPA_FLAG_DEFAULTS,
  kubernetes: {} as HpaConfig["kubernetes"],
  syncPeriodSeconds: 15,
  syncPhaseSeconds: 7.5,
} satisfies HpaConfig;

describe("an HPA without", () => {
  it("old samples syncs on whole seconds, where samples are taken", () => {
    expect(hpaWithout(hpa, "metricAge", 40)).toEqual({ ...hpa, syncPhaseSeconds: 7 });
  });

  it("waits between looks syncs every second", () => {
    expect(hpaWithout(hpa, "pollPeriod", 40)).toEqual({ ...hpa, syncPeriodSeconds: 1, syncPhaseSeconds: 0 });
  });

  it("damping follows every recommendation at once, except into a direction that is switched off", () => {
    const free = hpaWithout(hpa, "damping", 40);
    expect(free.flags).toEqual({ ...HPA_FLAG_DEFAULTS, downscaleStabilizationSeconds: 0 });
    expect(free.spec.behavior?.scaleUp).toEqual({
      stabilizationWindowSeconds: 0,
      selectPolicy: "Max",
      policies: [{ type: "Pods", value: 1_000_000, periodSeconds: 1 }],
      tolerance: 0.2,
    });
    expect(free.spec.behavior?.scaleDown.selectPolicy).toBe("Disabled");
    const { behavior: _none, ...plain } = spec;
    const jump = hpaWithout({ ...hpa, spec: { ...plain, maxReplicas: 100 } }, "damping", 40);
    const input = { spec: jump.spec, flags: jump.flags, nowSeconds: 0, current: 2, desired: 90, memory: EMPTY_MEMORY };
    expect(normalizeReplicas(input).replicas).toBe(90);
  });

  it("limits goes from one replica, at none it would be off, to what the pools hold", () => {
    expect(hpaWithout(hpa, "limits", 40).spec).toMatchObject({ minReplicas: 1, maxReplicas: 40 });
  });
});

describe("a ScaledObject without", () => {
  const keda = {
    ...hpa,
    hpa: spec,
    spec: {
      pollingIntervalSeconds: 30,
      cooldownPeriodSeconds: 300,
      initialCooldownPeriodSeconds: 20,
      minReplicaCount: 2,
      maxReplicaCount: 6,
      idleReplicaCount: 0,
      triggers: [
        {
          type: "prometheus",
          metricName: "s0",
          metricType: "AverageValue",
          query: "up",
          useCachedMetrics: true,
          threshold: 1,
          activationThreshold: 0,
          ignoreNullValues: true,
        },
      ],
      annotations: { paused: false, pausedScaleIn: false, pausedScaleOut: false, forceActivation: false },
    },
    clockPhaseSeconds: 0.25,
    startEpochSeconds: 0,
  } satisfies KedaConfig;

  it("old samples tells its HPA values of now", () => {
    expect(kedaWithout(keda, "metricAge", 40)).toMatchObject({ syncPhaseSeconds: 7, spec: { triggers: [{ useCachedMetrics: false }] } });
  });

  it("waits polls and syncs every second", () => {
    expect(kedaWithout(keda, "pollPeriod", 40)).toMatchObject({ syncPeriodSeconds: 1, spec: { pollingIntervalSeconds: 1 } });
  });

  it("damping has no cooldown, and an HPA without any", () => {
    const free = kedaWithout(keda, "damping", 40);
    expect(free.spec).toMatchObject({ cooldownPeriodSeconds: 0, initialCooldownPeriodSeconds: 0 });
    expect(free.hpa.behavior?.scaleUp.stabilizationWindowSeconds).toBe(0);
  });

  it("limits may go to zero, and knows no idle count", () => {
    const free = kedaWithout(keda, "limits", 40);
    expect(free.spec).toMatchObject({ minReplicaCount: 0, maxReplicaCount: 40 });
    expect(free.spec).not.toHaveProperty("idleReplicaCount");
    expect(free.hpa).toMatchObject({ minReplicas: 1, maxReplicas: 40 });
  });
});

describe("policies that look ahead", () => {
  const freed = (policy: typeof forecast | typeof schedule, config: object) =>
    HINDRANCES.map((hindrance) => (policy.without as (config: object, hindrance: string, most: number) => object)(config, hindrance, 9));

  it("a forecast loses its delay and its limits, and keeps its samples", () => {
    const config = { sampleSeconds: 60, scaleDownDelaySeconds: 300, minReplicas: 1, maxReplicas: 4 };
    expect(freed(forecast, config)).toEqual([
      config,
      config,
      { ...config, scaleDownDelaySeconds: 0 },
      { ...config, minReplicas: 0, maxReplicas: 9 },
    ]);
  });

  it("a schedule has nothing but the time between two looks", () => {
    const config = { syncSeconds: 60 };
    expect(freed(schedule, config)).toEqual([config, { syncSeconds: 1 }, config, config]);
  });
});
