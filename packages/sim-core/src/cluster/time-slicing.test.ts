import { describe, expect, it } from "vitest";
import { ClusterRig, clusterWith } from "../../test/cluster-rig.ts";
import { scoreCost } from "../score/cost.ts";

/** Nodes of two GPUs, each shared by three replicas of one slot. */
function rigOf(replicas: number, maxNodes = 2): ClusterRig {
  const { nodePools, deployments } = clusterWith({ pool: { gpusPerNode: 6, slotsPerGpu: 3, minNodes: 0, maxNodes } });
  return new ClusterRig({ nodePools, deployments: deployments.map((each) => ({ ...each, gpusPerReplica: 1, replicas })) }).start();
}

const gpusOf = (rig: ClusterRig, pods: number): readonly number[] => Array.from({ length: pods }, (_, pod) => rig.cluster.sharedGpuOf(pod));

describe("time slicing", () => {
  it("spreads pods over the GPUs of a node, and then offers the other slots of each", () => {
    expect(gpusOf(rigOf(6), 6)).toEqual([0, 1, 0, 1, 0, 1]);
  });

  it("gives the next pod a slot of the GPU that has given away fewest", () => {
    const rig = rigOf(4).runTo(10);
    rig.cluster.crashPod(10, 1);
    rig.runTo(20);
    // pods 0 and 2 are on GPU 0, only 3 was left on GPU 1
    expect(gpusOf(rig, 5).slice(4)).toEqual([1]);
  });

  it("numbers the GPUs of different nodes differently, and none of a pod that has no node", () => {
    const rig = rigOf(7);
    expect(new Set(gpusOf(rig, 7)).size).toBe(3);
    rig.scale(10, 13, 0);
    expect(rig.cluster.sharedGpuOf(12)).toBe(-1);
  });

  it("bills a slot as its part of a GPU: as many replicas cost a third of what they cost alone", () => {
    const cost = (isShared: boolean): ReturnType<typeof scoreCost> => {
      const pool = isShared ? { gpusPerNode: 6, slotsPerGpu: 3 } : { gpusPerNode: 2 };
      const base = clusterWith({ pool: { ...pool, minNodes: 0, maxNodes: 9 } });
      const config = { ...base, deployments: base.deployments.map((each) => ({ ...each, gpusPerReplica: 1, replicas: 6 })) };
      const rig = new ClusterRig(config).start().finish(3600);
      const ledger = rig.ledger.snapshot();
      return scoreCost({ cluster: config, ledger, required: [[[0, 6]]], durationSeconds: 3600, outputTokens: 1, wastedTokens: 0, goodRequests: 1 }); // biome-ignore format: one row
    };
    const [shared, alone] = [cost(true), cost(false)];
    expect(shared.billUsd).toBeCloseTo(alone.billUsd / 3, 9);
    expect(shared.equationUsd).toBeCloseTo(alone.equationUsd / 3, 9);
    expect(shared.ledger.map(({ slotsPerGpu }) => slotsPerGpu)).toEqual(shared.ledger.map(() => 3));
    expect(shared.byStateUsd.needed).toBeCloseTo(shared.billUsd, 9);
  });
});
