import { describe, expect, it } from "vitest";
import { configOf, type FluidResult, runFluid, testContext } from "../testing.ts";
import { hpa } from "./hpa.ts";

const UNLIMITED = { scaleUp: { policies: [{ type: "Pods", value: 100_000, periodSeconds: 15 }] } };

/** 100 requests a second against 10 a second per pod, one pod at first, ready after a minute; the backlog is read without delay. */
function climb(target: object, behavior?: object): FluidResult {
  const metrics = [{ type: "External", external: { metric: { name: "backlog" }, target } }];
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "chat" };
  const spec = { scaleTargetRef, minReplicas: 1, maxReplicas: 100_000, metrics, ...(behavior === undefined ? {} : { behavior }) };
  const config = configOf(hpa, { kind: "hpa", spec, syncPhaseSeconds: 0 }, testContext());
  return runFluid(hpa, config, {
    durationSeconds: 900,
    stepSeconds: 1,
    arrivalsPerSecond: () => 100,
    perReplica: 10,
    readyDelaySeconds: 60,
    replicas: 1,
    metrics: ({ backlog }) => ({ "metrics[0]": backlog }),
  });
}

const peak = ({ moments }: FluidResult): number => Math.max(...moments.map(({ specReplicas }) => specReplicas));
describe("an HPA on a backlog that ten pods would carry off", () => {
  const value = { type: "Value", value: "250" };
  const average = { type: "AverageValue", averageValue: "250" };

  it.each([
    { target: value, behavior: UNLIMITED, pods: 2819, because: "each sync multiplies the pods that have just become ready" },
    { target: value, behavior: undefined, pods: 924, because: "without behavior each sync may double the count" },
    {
      target: value,
      behavior: {},
      pods: 704,
      because: "the default policies add four pods or double, which starts sooner and eats more of the backlog",
    },
    { target: average, behavior: {}, pods: 30, because: "the backlog is divided by the target, whatever is ready" },
    { target: average, behavior: UNLIMITED, pods: 27, because: "the first pods come a sync sooner, and the backlog stays smaller" },
  ])("peaks at $pods pods with a $target.type target: $because", ({ target, behavior, pods }) => {
    expect(peak(climb(target, behavior))).toBe(pods);
  });

  it("would need ten: with them the backlog does not grow", () => {
    // Until the first pods go again, a stabilisation window after the peak.
    const climbing = climb(average, {}).moments.filter(({ timeSeconds }) => timeSeconds < 300);
    const enough = climbing.filter(({ readyReplicas }) => readyReplicas >= 10);
    expect(enough[0]?.timeSeconds).toBe(90);
    expect(enough.every(({ backlog }, index) => backlog <= (enough[index - 1]?.backlog ?? Number.POSITIVE_INFINITY))).toBe(true);
  });
});
