import { HINDRANCES, type Hindrance, type Json, type Policy } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { aibrix } from "./aibrix/aibrix.ts";
import { dynamo } from "./dynamo/dynamo.ts";
import { knative } from "./knative/knative.ts";
import { rayServe } from "./ray-serve/ray-serve.ts";
import { configOf } from "./testing.ts";
import { wva } from "./wva/wva.ts";

const PUBLISHED = { type: "External", external: { metric: { name: "wanted" }, target: { type: "AverageValue", averageValue: "1" } } };
const HPA = {
  scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "chat" },
  minReplicas: 2,
  maxReplicas: 4,
  metrics: [PUBLISHED],
};
const POD_AUTOSCALER = {
  scalingStrategy: "APA",
  minReplicas: 2,
  maxReplicas: 4,
  metricsSources: [{ metricSourceType: "pod", targetMetric: "num_requests_running", targetValue: "4" }],
};
const KNATIVE = {
  "autoscaling.knative.dev/min-scale": "2",
  "autoscaling.knative.dev/max-scale": "4",
  "autoscaling.knative.dev/initial-scale": "3",
  "autoscaling.knative.dev/activation-scale": "3",
  "autoscaling.knative.dev/scale-down-delay": "5m",
};

interface Case {
  readonly title: string;
  readonly policy: Policy;
  readonly raw: object;
  /** What is changed where; absent: nothing is. */
  readonly changes: Readonly<Partial<Record<Hindrance, object>>>;
}

const CASES: readonly Case[] = [
  {
    title: "a Knative service has steps, delays and limits, and always looks at what is",
    policy: knative as unknown as Policy,
    raw: { kind: "knative", annotations: KNATIVE, configAutoscaler: { "enable-scale-to-zero": false } },
    changes: {
      damping: {
        spec: {
          maxScaleUpRate: 1_000_000,
          maxScaleDownRate: 1_000_000,
          scaleDownDelaySeconds: 0,
          scaleToZeroGracePeriodSeconds: 0,
          scaleToZeroPodRetentionPeriodSeconds: 0,
        },
      },
      limits: { spec: { minScale: 0, maxScale: 9, initialScale: 1, activationScale: 0, enableScaleToZero: true } },
    },
  },
  {
    title: "Ray Serve hears late, waits, and is bounded; it looks often enough",
    policy: rayServe as unknown as Policy,
    raw: { kind: "ray-serve", autoscaling_config: { min_replicas: 2, max_replicas: 4, smoothing_factor: 0.5, upscaling_factor: 3 } },
    changes: {
      metricAge: { metricsIntervalSeconds: 0.5 },
      damping: { scaling: { upscale_delay_s: 0, downscale_delay_s: 0, smoothing_factor: 1, upscaling_factor: 3 } },
      limits: { scaling: { min_replicas: 0, max_replicas: 9 } },
    },
  },
  {
    title: "a controller of Ray Serve that looks every minute looks every second",
    policy: rayServe as unknown as Policy,
    raw: {
      kind: "ray-serve",
      control_loop_interval_s: 60,
      autoscaling_config: { min_replicas: 0, max_replicas: 9, metrics_interval_s: 0.5 },
    },
    changes: { pollPeriod: { controlLoopSeconds: 1 }, damping: { scaling: { upscale_delay_s: 0 } } },
  },
  {
    title: "a variant autoscaler has a cycle, a retention period and limits",
    policy: wva as unknown as Policy,
    raw: { kind: "wva", minReplicas: 2, maxReplicas: 4, scaleToZero: {} },
    changes: { pollPeriod: { intervalSeconds: 1 }, damping: { retentionPeriodSeconds: 1 }, limits: { minReplicas: 1, maxReplicas: 9 } },
  },
  {
    title: "the HPA behind a variant autoscaler is freed with it",
    policy: wva as unknown as Policy,
    raw: { kind: "wva", hpa: { spec: HPA } },
    changes: {
      metricAge: { hpa: { syncPhaseSeconds: 7 } },
      pollPeriod: { intervalSeconds: 1, hpa: { syncPeriodSeconds: 1, syncPhaseSeconds: 0 } },
      damping: { hpa: { flags: { downscaleStabilizationSeconds: 0 }, spec: { behavior: { scaleUp: { stabilizationWindowSeconds: 0 } } } } },
      limits: { minReplicas: 1, maxReplicas: 9, hpa: { spec: { minReplicas: 1, maxReplicas: 9 } } },
    },
  },
  {
    title: "a PodAutoscaler has a resync, cooldowns, steps and limits, and never starts from none",
    policy: aibrix as unknown as Policy,
    raw: { kind: "aibrix", spec: POD_AUTOSCALER },
    changes: {
      pollPeriod: { resyncSeconds: 1 },
      damping: { downCooldownSeconds: 0, limits: { maxScaleUpRate: 1_000_000, maxScaleDownRate: 1_000_000, upTolerance: 0.1 } },
      limits: { minReplicas: 1, maxReplicas: 9 },
    },
  },
  {
    title: "a planner has looks at the load, a largest change, a budget and a least count",
    policy: dynamo as unknown as Policy,
    raw: { kind: "dynamo", engine_rps: 2, enable_load_scaling: true, context_length: 8192, engine_num_gpu: 2, min_endpoint: 2 },
    changes: {
      pollPeriod: { load_adjustment_interval: 1 },
      damping: { max_replica_change: 1_000_000 },
      limits: { min_endpoint: 0, max_gpu_budget: 18 },
    },
  },
  {
    title: "a planner that only looks at engines is left with one",
    policy: dynamo as unknown as Policy,
    raw: { kind: "dynamo", enable_throughput_scaling: false, enable_load_scaling: true, context_length: 8192, min_endpoint: 2 },
    changes: {
      pollPeriod: { load_adjustment_interval: 1 },
      damping: { max_replica_change: 1_000_000 },
      limits: { min_endpoint: 1, max_gpu_budget: 9 },
    },
  },
];

describe("what a controller of the field can be freed of", () => {
  it.each(CASES)("$title", ({ policy, raw, changes }) => {
    const config = configOf(policy, { name: "it", ...raw });
    for (const hindrance of HINDRANCES) {
      const freed = policy.without?.(config, hindrance, 9) as Json;
      const changed = changes[hindrance];
      if (changed === undefined) expect(freed, hindrance).toEqual(config);
      else {
        expect(freed, hindrance).toMatchObject(changed);
        expect(freed, hindrance).not.toEqual(config);
      }
      // once freed, there is nothing left of it
      expect(policy.without?.(freed, hindrance, 9), hindrance).toEqual(freed);
      policy.initialState(freed);
      expect(policy.timers(freed).length).toBeGreaterThan(0);
    }
  });
});
