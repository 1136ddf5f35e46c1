import type { PodView } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { configOf, drive, type Scripted, testContext } from "../testing.ts";
import { rayServe } from "./ray-serve.ts";

const entry = (autoscaling_config: object): object => ({ kind: "ray-serve", name: "it", autoscaling_config });
const pods: readonly PodView[] = [
  { name: "chat-0", phase: "Running", createdSeconds: 0, ready: { status: true, sinceSeconds: 0 }, requests: {} },
];

function recorded(atSeconds: number, ongoing: number, queued = 0, alive = pods): Scripted {
  return {
    atSeconds,
    timer: "record",
    pods: alive,
    metrics: {
      queued_requests: queued,
      ongoing_requests: { ok: true, elements: alive.map(({ name }) => ({ labels: {}, pod: name, value: ongoing })) },
    },
  };
}

const turn = (atSeconds: number, scale = 1, alive = pods): Scripted => ({ atSeconds, timer: "control", scale, pods: alive });

describe("Ray Serve's autoscaling", () => {
  it("asks for more after the delay, by the mean of what replicas sent", () => {
    const config = configOf(rayServe, entry({ max_replicas: 10, target_ongoing_requests: 2, upscale_delay_s: 30 }));
    const steps = drive(rayServe, config, [
      recorded(0, 8),
      turn(0),
      turn(29.9),
      ...Array.from({ length: 61 }, (_, i) => recorded(i / 2 + 0.5, 8)),
      turn(30.5),
    ]);
    expect(steps[1]?.decision).toMatchObject({
      desiredReplicas: 1,
      reason: "UpscaleDelay",
      evidence: { wantedReplicas: 4, ongoingRequests: 8 },
    });
    expect(steps.at(-1)?.decision).toMatchObject({ desiredReplicas: 4, reason: "Upscale" });
  });

  it("hears of a load only when it is sent", () => {
    const config = configOf(rayServe, entry({ max_replicas: 10, upscale_delay_s: 0, metrics_interval_s: 10 }));
    const steps = drive(rayServe, config, [
      recorded(0, 0),
      recorded(0.5, 40),
      turn(0.6),
      ...[5, 9.5].map((at) => recorded(at, 40)),
      turn(9.6),
      recorded(10, 40),
      turn(10),
    ]);
    expect(steps[2]?.decision?.evidence["ongoingRequests"]).toBe(0);
    expect(steps.at(-1)?.decision?.desiredReplicas).toBe(10);
  });

  it("starts a replica at once for the first request that finds none", () => {
    const config = configOf(rayServe, entry({ min_replicas: 0, max_replicas: 4 }));
    const steps = drive(rayServe, config, [recorded(0, 0, 0, []), turn(0.1, 0, []), recorded(0.5, 0, 1, []), turn(0.6, 0, [])]);
    expect(steps[1]?.decision?.desiredReplicas).toBe(0);
    expect(steps[3]?.decision).toMatchObject({ desiredReplicas: 1, reason: "Upscale" });
  });

  it.each([
    { raw: { max_replicas: 0 }, code: "out_of_range", because: "somebody has to serve" },
    { raw: { min_replicas: 3, max_replicas: 2 }, code: "out_of_range", because: "limits do not cross" },
    { raw: { target_num_ongoing_requests_per_replica: 2 }, code: "unknown_key", because: "that name is gone" },
    { raw: { initial_replicas: 5, max_replicas: 9 }, code: "ray_initial_replicas", because: "the scenario says what a run begins with" },
    { raw: { aggregation_function: "median" }, code: "unknown_value", because: "there is no such aggregation" },
  ])("refuses $raw: $because", ({ raw, code }) => {
    const parsed = rayServe.parseConfig(entry(raw), testContext());
    expect(parsed.ok ? [] : parsed.issues.map((issue) => issue.code)).toEqual([code]);
  });
});
