import { timetable } from "@replicast/policies";
import { expectedColdStartSeconds, simulate } from "@replicast/sim-core";
import { NO_METRICS, tinyPlan } from "@replicast/sim-core/testing";
import { expect, it } from "vitest";
import { withInstantStarts } from "./instant-starts.ts";

it("makes replicas ready within a second or two of the request, and leaves the rest of the plan as it is", () => {
  const plan = tinyPlan({
    durationSeconds: 600,
    deployments: [{ replicas: 1, engine: { warmUp: { factor: 10, requests: 100 } } }],
    nodePools: [{ name: "pool", maxNodes: 3, minimumBillingSeconds: 90 }],
  });
  const instant = withInstantStarts(plan);
  expect(expectedColdStartSeconds(instant.cluster, "chat")).toBeLessThanOrEqual(1);
  expect(instant.deployments[0]?.serving.engine.warmUp.factor).toBe(1);
  expect(instant.cluster.nodePools[0]).toMatchObject({ minimumBillingSeconds: 90, maxNodes: 3 });
  const controllers = [{ deployment: "chat", policy: timetable, config: { steps: [[300, 3]] } }];
  const { deployments } = simulate(instant, { policy: "any", controllers, metricSource: NO_METRICS });
  const ready = deployments[0]?.ready.find(([, replicas]) => replicas === 3)?.[0] ?? 0;
  expect(ready).toBeGreaterThanOrEqual(300);
  expect(ready).toBeLessThanOrEqual(302);
});
