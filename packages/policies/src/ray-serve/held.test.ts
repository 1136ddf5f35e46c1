import { describe, expect, it } from "vitest";
import { decideReplicas, NO_TIMER, type RayScaling } from "./decide.ts";
import { heldBy } from "./held.ts";

const SCALING: RayScaling = {
  min_replicas: 2,
  max_replicas: 8,
  target_ongoing_requests: 2,
  upscale_delay_s: 0,
  downscale_delay_s: 0,
  downscale_to_zero_delay_s: null,
  smoothing_factor: 1,
  upscaling_factor: null,
  downscaling_factor: null,
};

describe("Ray Serve is held by", () => {
  it.each([
    { because: "nothing where the load is followed", requests: 12, held: undefined },
    { because: "the most it may have", requests: 40, held: { by: "max", wanted: 20 } },
    { because: "the fewest it may have", requests: 1, held: { by: "min", wanted: 1 } },
    { because: "the delay of a step up", requests: 12, config: { upscale_delay_s: 30 }, held: { by: "stabilization", wanted: 6 } },
    { because: "the delay of a step down", requests: 5, config: { downscale_delay_s: 600 }, held: { by: "stabilization", wanted: 3 } },
    { because: "a factor that goes half the way", requests: 16, config: { upscaling_factor: 0.5 }, held: { by: "rate", wanted: 8 } },
    { because: "nothing where a factor goes too far", requests: 12, config: { upscaling_factor: 2 }, held: undefined },
  ])("$because", ({ requests, config = {}, held }) => {
    const input = { nowSeconds: 10, runningReplicas: 4, targetReplicas: 4, totalRequests: requests };
    const scaling = { ...SCALING, ...config };
    expect(heldBy(scaling, decideReplicas(scaling, NO_TIMER, input), input)).toEqual(held);
  });

  it("the last replica while it still runs something", () => {
    const input = { nowSeconds: 10, runningReplicas: 2, targetReplicas: 2, totalRequests: 0 };
    const scaling = { ...SCALING, min_replicas: 0 };
    expect(heldBy(scaling, decideReplicas(scaling, NO_TIMER, input), input)).toEqual({ by: "min", wanted: 0 });
  });
});
