import { describe, expect, it } from "vitest";
import { tinyPlan } from "../testing.ts";
import { Service } from "./service.ts";

const REPLICAS = 200;

/** Replicas of two deployments in turn, all of them endpoints. */
function serviceOf(replicas: number): Service {
  const plan = tinyPlan({ deployments: [{ name: "even" }, { name: "odd" }] });
  const nothing = (): void => {};
  const service = new Service(
    plan.deployments.map(({ serving }) => serving),
    {
      schedule: () => 0,
      scheduleTimeout: () => 0,
      cancel: nothing,
      retryJitter: () => 0,
      acceptance: () => 0,
      routing: () => 0,
    },
    {
      arrived: nothing,
      offered: nothing,
      prefilled: nothing,
      attempted: nothing,
      attemptEnded: nothing,
      wasted: nothing,
      escalated: nothing,
      ended: nothing,
      firstToken: nothing,
      gaps: nothing,
      busy: nothing,
      drained: nothing,
    },
  );
  for (let index = 0; index < replicas; index++) {
    service.addReplica(index, index % 2, true);
    service.openEndpoint(index, 0);
  }
  return service;
}

describe("the hosts of many replicas", () => {
  it("keep them apart, and know those that never were", () => {
    const service = serviceOf(REPLICAS);
    service.suspend(REPLICAS - 2, 0);
    service.removeReplica(7, 0);
    expect([service.deploymentOf(0), service.deploymentOf(REPLICAS - 1)]).toEqual([0, 1]);
    expect([0, 7, REPLICAS - 2, REPLICAS - 1, REPLICAS, 10 * REPLICAS].map((index) => service.isServing(index))).toEqual([
      true,
      false,
      false,
      true,
      false,
      false,
    ]);
    expect([service.endpoints(0), service.endpoints(1)]).toEqual([REPLICAS / 2 - 1, REPLICAS / 2 - 1]);
    expect(() => service.deploymentOf(7)).toThrow(/unknown_replica/);
    expect(() => service.drain(10 * REPLICAS, 0)).toThrow(/unknown_replica/);
  });

  it("are restored as they were saved, those that are gone included", () => {
    const service = serviceOf(REPLICAS);
    service.suspend(3, 0);
    service.closeEndpoint(4, 0);
    service.removeReplica(REPLICAS - 1, 0);
    const saved = service.save();
    const restored = serviceOf(0);
    restored.restore(saved);
    expect(restored.save()).toEqual(saved);
    expect(restored.endpoints(0)).toBe(REPLICAS / 2 - 1);
    expect([restored.isServing(3), restored.isServing(4), restored.isServing(REPLICAS - 1)]).toEqual([false, true, false]);
  });
});
