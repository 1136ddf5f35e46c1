import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClusterRig, clusterWith } from "../../test/cluster-rig.ts";
import { podsDown, podsUp } from "./pod-amount.ts";
import { nextRolloutStep } from "./rollout.ts";

const pods = (count: number) => ({ pods: count });
const QUARTER = { share: 0.25 };

describe("one step of a rolling update", () => {
  it.each([
    {
      limits: { maxSurge: QUARTER, maxUnavailable: QUARTER },
      counts: { specReplicas: 10, fresh: 0, freshReady: 0, old: 10, oldReady: 10 },
      step: { add: 3, removeReadyOld: 2, removeUnreadyOld: 0, removeFresh: 0 },
      because: "a quarter of ten rounds up for the surge, and down for what may be missing",
    },
    {
      limits: { maxSurge: pods(1), maxUnavailable: pods(0) },
      counts: { specReplicas: 2, fresh: 1, freshReady: 0, old: 2, oldReady: 2 },
      step: { add: 0, removeReadyOld: 0, removeUnreadyOld: 0, removeFresh: 0 },
      because: "the new pod has to be Ready before an old one goes",
    },
    {
      limits: { maxSurge: pods(0), maxUnavailable: pods(0) },
      counts: { specReplicas: 3, fresh: 0, freshReady: 0, old: 3, oldReady: 3 },
      step: { add: 0, removeReadyOld: 1, removeUnreadyOld: 0, removeFresh: 0 },
      because: "with neither surge nor gap it would never begin, so one may be missing",
    },
    {
      limits: { maxSurge: pods(1), maxUnavailable: pods(1) },
      counts: { specReplicas: 4, fresh: 0, freshReady: 0, old: 4, oldReady: 2 },
      step: { add: 1, removeReadyOld: 0, removeUnreadyOld: 1, removeFresh: 0 },
      because: "old pods that serve nobody go first",
    },
    {
      limits: { maxSurge: pods(1), maxUnavailable: pods(0) },
      counts: { specReplicas: 1, fresh: 3, freshReady: 3, old: 0, oldReady: 0 },
      step: { add: 0, removeReadyOld: 0, removeUnreadyOld: 0, removeFresh: 2 },
      because: "less was asked for meanwhile",
    },
  ])("$because", ({ limits, counts, step }) => {
    expect(nextRolloutStep(limits, counts)).toEqual(step);
  });

  it("never leaves fewer Ready pods than promised, nor more pods than the surge allows", () => {
    const amount = fc.oneof(
      fc.nat(4).map(pods),
      fc.double({ min: 0, max: 1, noNaN: true }).map((share) => ({ share })),
    );
    const step = fc.record({
      specReplicas: fc.integer({ min: 1, max: 40 }),
      freshShare: fc.nat(100),
      maxSurge: amount,
      maxUnavailable: amount,
    });
    fc.assert(
      fc.property(step, ({ specReplicas, freshShare, maxSurge, maxUnavailable }) => {
        const fresh = Math.floor((specReplicas * freshShare) / 100);
        const old = specReplicas - fresh;
        const counts = { specReplicas, fresh, freshReady: fresh, old, oldReady: old };
        const { add, removeReadyOld } = nextRolloutStep({ maxSurge, maxUnavailable }, counts);
        expect(fresh + old + add).toBeLessThanOrEqual(specReplicas + podsUp(maxSurge, specReplicas));
        const missing = Math.max(podsDown(maxUnavailable, specReplicas), podsUp(maxSurge, specReplicas) === 0 ? 1 : 0);
        expect(fresh + old - removeReadyOld).toBeGreaterThanOrEqual(specReplicas - missing);
      }),
    );
  });
});

describe("an update of a deployment", () => {
  const config = clusterWith({ deployment: { replicas: 3, gpusPerReplica: 1 }, lifecycle: { preStopSeconds: 0 } });
  const update = { atSeconds: 10, deployment: "chat", maxSurge: pods(1), maxUnavailable: pods(0), isNewImage: true };

  it("replaces every pod, one after the other, each with the new image pulled once", () => {
    const rig = new ClusterRig(config).start().runTo(10);
    rig.cluster.beginUpdate(10, 0, update);
    rig.runTo(400);
    // bound 1 s, pulled 20 s, loaded 30 s, warm 9 s; those that follow find the image there
    expect(rig.stagesOf("chat-3")).toEqual(["10 Scheduled", "11 Pulling", "31 Loading", "61 WarmingUp", "70 Ready"]);
    expect(rig.stagesOf("chat-4")).toEqual(["70 Scheduled", "71 Pulling", "71 Loading", "101 WarmingUp", "110 Ready"]);
    expect(rig.stagesOf("chat-5").at(-1)).toBe("150 Ready");
    expect(["chat-0", "chat-1", "chat-2"].map((pod) => rig.stagesOf(pod).at(-1)?.split(" ")[1])).toEqual(["Gone", "Gone", "Gone"]);
    expect(rig.cluster.scaleView(0)).toEqual({ specReplicas: 3, statusReplicas: 3 });
  });

  it("needs no pull when only settings change", () => {
    const rig = new ClusterRig(config).start().runTo(10);
    rig.cluster.beginUpdate(10, 0, { ...update, isNewImage: false });
    expect(rig.runTo(400).stagesOf("chat-3")).toEqual(["10 Scheduled", "11 Pulling", "11 Loading", "41 WarmingUp", "50 Ready"]);
  });

  it("goes on to the replicas that are asked for meanwhile, all of the new revision", () => {
    const rig = new ClusterRig(config).start().runTo(10);
    rig.cluster.beginUpdate(10, 0, update);
    rig.scale(30, 5).runTo(600);
    expect(rig.cluster.readyReplicas(0)).toBe(5);
    expect(rig.stagesOf("chat-0").at(-1)).toMatch(/Gone$/);
    rig.scale(600, 2).runTo(800);
    expect(rig.cluster.scaleView(0)).toEqual({ specReplicas: 2, statusReplicas: 2 });
  });

  it("waits until a new pod has been Ready for minReadySeconds before the next old one goes", () => {
    const slow = clusterWith({ deployment: { replicas: 2, gpusPerReplica: 1, minReadySeconds: 40 }, lifecycle: { preStopSeconds: 0 } });
    const rig = new ClusterRig(slow).start().runTo(100);
    rig.cluster.beginUpdate(100, 0, update);
    rig.runTo(600);
    expect(rig.stagesOf("chat-2").at(-1)).toBe("160 Ready");
    const goes = (pod: string): string | undefined => rig.stagesOf(pod).find((text) => text.endsWith("Draining"));
    // The second new pod begins when the first counts as available, and takes 40 s with the image there.
    expect([goes("chat-0"), goes("chat-1")].sort()).toEqual(["200 Draining", "280 Draining"]);
    expect(rig.stagesOf("chat-3")).toContain("240 Ready");
  });

  it("of kind Recreate lets the last old container end before the first new pod is made", () => {
    const rig = new ClusterRig(config, { drainSeconds: 25 }).start().runTo(10);
    rig.cluster.beginUpdate(10, 0, { ...update, isRecreate: true });
    rig.runTo(34.5);
    expect(rig.cluster.existingReplicas(0)).toBe(0);
    rig.runTo(200);
    expect(["chat-0", "chat-1", "chat-2"].map((pod) => rig.stagesOf(pod).slice(-2))).toEqual(
      Array.from({ length: 3 }, () => ["10 Draining", "35 Gone"]),
    );
    expect(["chat-3", "chat-4", "chat-5"].map((pod) => rig.stagesOf(pod)[0])).toEqual(Array.from({ length: 3 }, () => "35 Scheduled"));
    expect(rig.cluster.readyReplicas(0)).toBe(3);
  });
});
