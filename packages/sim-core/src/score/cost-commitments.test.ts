import fc from "fast-check";
import { expect, it } from "vitest";
import { CLUSTER, ClusterRig, clusterWith, DEPLOYMENT, POOL } from "../../test/cluster-rig.ts";
import type { ClusterConfig } from "../cluster/config.ts";
import { scoreCost } from "./cost.ts";
import type { CostResult } from "./result.ts";

const DURATION_SECONDS = 1000;

function costOf(rig: ClusterRig, cluster: ClusterConfig): CostResult {
  const ledger = rig.finish(DURATION_SECONDS).ledger.snapshot(DURATION_SECONDS);
  return scoreCost({
    cluster,
    ledger,
    required: [[[0, 1]]],
    durationSeconds: DURATION_SECONDS,
    outputTokens: 1,
    wastedTokens: 0,
    goodRequests: 1,
  });
}

const committed = (nodes: number): ClusterConfig => clusterWith({ pool: { commitment: { nodes, pricePerGpuHourUsd: 1 } } });
const lines = ({ ledger }: CostResult) =>
  ledger.map(({ deployment, priceClass, pricePerGpuHourUsd, unallocatedMicroseconds: { commitment } }) => [
    deployment,
    priceClass,
    pricePerGpuHourUsd,
    ...(commitment === undefined ? [] : [commitment]),
  ]);

it("pays for a commitment whether its nodes run or not, and says what was not used", () => {
  const cluster = committed(2);
  // h100-0 runs all the time, h100-1 from 110 to 600 s.
  const cost = costOf(new ClusterRig(cluster).start().scale(100, 3).scale(270, 2).scale(400, 1), cluster);
  expect(cost.billUsd).toBeCloseTo((2 * 8 * 1000 * 1) / 3600, 12);
  expect(lines(cost)).toEqual([
    ["chat", "committed", 1],
    ["chat", "onDemand", 2],
    [null, "committed", 1, `${8 * 510}000000`],
    [null, "onDemand", 2],
  ]);
  expect(cost.equation.map(({ priceClass }) => priceClass)).toEqual(["committed", undefined]);
});

it("passes the place of a covered node that goes on to the oldest that runs", () => {
  const config = clusterWith({ pool: { minNodes: 0, maxNodes: 2, commitment: { nodes: 1, pricePerGpuHourUsd: 1 } } });
  const cluster: ClusterConfig = { ...config, deployments: [{ ...DEPLOYMENT, replicas: 4 }] };
  // Pods end in an order of their own; one of the two nodes is gone at 800 s at the latest, and the other is covered from then on.
  const cost = costOf(new ClusterRig(cluster).start().scale(10, 1), cluster);
  expect(Number(cost.billedGpuMicroseconds)).toBeLessThan(2 * 8 * 1000e6);
  const [covered] = lines(cost);
  expect(covered).toEqual(["chat", "committed", 1]);
  expect(cost.billUsd).toBeCloseTo((8 * 1000 * 1 + (Number(cost.billedGpuMicroseconds) / 1e6 - 8000) * 2) / 3600, 9);
  expect(
    cost.ledger.find(({ priceClass, deployment }) => priceClass === "committed" && deployment === null)?.unallocatedMicroseconds.commitment,
  ).toBe(undefined);
});

it("names spot as a price class of its own", () => {
  const cluster = clusterWith({ pool: { priceClass: "spot" } });
  const cost = costOf(new ClusterRig(cluster).start(), cluster);
  expect(cost.ledger.map(({ priceClass }) => priceClass)).toEqual(["spot", "spot"]);
  expect(cost.equation[0]?.priceClass).toBe("spot");
});

it("costs what on-demand nodes cost when the commitment is as dear and always used", () => {
  const dear = clusterWith({ pool: { commitment: { nodes: 1, pricePerGpuHourUsd: POOL.pricePerGpuHourUsd } } });
  const play = (config: ClusterConfig) => costOf(new ClusterRig(config).start().scale(100, 4).scale(500, 1), config);
  expect(play(dear).billUsd).toBeCloseTo(play(CLUSTER).billUsd, 12);
});

it("puts every GPU-second in one state at one price, for any commitment, refusals and late nodes, also after a restore", () => {
  fc.assert(
    fc.property(
      fc.record({
        nodes: fc.nat(4),
        refusals: fc.constantFrom(0, 0.3),
        late: fc.constantFrom(50, 900),
        scalings: fc.array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.nat(8)), { minLength: 1, maxLength: 8 }),
        cut: fc.nat(7),
        owner: fc.constantFrom<"cluster autoscaler" | "Karpenter">("cluster autoscaler", "Karpenter"),
        expiry: fc.constantFrom(200, 1e6),
        headroom: fc.constantFrom(0, 1, 3),
        isScheduled: fc.boolean(),
      }),
      ({ nodes, refusals, late, scalings, cut, owner, expiry, headroom, isScheduled }) => {
        const pool = {
          maxNodes: 4,
          minNodes: 0,
          requestFailureProbability: refusals,
          provisionSeconds: { kind: "uniform", min: 0, max: 100 },
          maxProvisionSeconds: late,
          backOff: { initialSeconds: 20, maxSeconds: 50, resetSeconds: 100 },
          scaleDownUnneededSeconds: 50,
          scaleDownDelayAfterAddSeconds: 0,
          ...(owner === "Karpenter"
            ? {
                karpenter: {
                  batchIdleSeconds: 1,
                  batchMaxSeconds: 10,
                  consolidationPolicy: "WhenEmptyOrUnderutilized" as const,
                  consolidateAfterSeconds: 30,
                  expireAfterSeconds: expiry,
                  budgets: [{ share: 0.5 }],
                },
              }
            : { scaleDownUtilization: 0.6 }),
          ...(headroom === 0 ? {} : { headroom: { pods: headroom, gpus: 2 } }),
          ...(isScheduled
            ? {
                scheduled: [
                  {
                    nodes: 1,
                    windows: [[0, 200] as const, [400, 600] as const],
                  },
                ],
              }
            : {}),
          ...(nodes === 0 ? {} : { commitment: { nodes, pricePerGpuHourUsd: 1 } }),
        } as const;
        const config = clusterWith({ pool });
        let rig = new ClusterRig(config).start();
        scalings.forEach(([after, replicas], index) => {
          if (rig.now + after < DURATION_SECONDS) rig.scale(rig.now + after, replicas);
          if (index === cut) rig = new ClusterRig(config).restore(rig.save());
        });
        const cost = costOf(rig, config); // scoring checks the balance of every price
        const total = cost.ledger.reduce(
          (sum, row) => Object.values(row.gpuMicroseconds).reduce((inner, each) => inner + BigInt(each), sum),
          0n,
        );
        expect(total.toString()).toBe(cost.billedGpuMicroseconds);
        expect(total >= BigInt(nodes * 8) * 1_000_000_000n).toBe(true);
      },
    ),
    { numRuns: 150 },
  );
});
