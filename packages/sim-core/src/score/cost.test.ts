import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CLUSTER, ClusterRig, DEPLOYMENT, POOL } from "../../test/cluster-rig.ts";
import type { ClusterConfig } from "../cluster/config.ts";
import type { LedgerPort } from "../cluster/ports.ts";
import type { LedgerSnapshot } from "../record/ledger.ts";
import { scoreCost } from "./cost.ts";
import type { RequiredSteps } from "./required.ts";
import { type CostResult, LEDGER_STATES } from "./result.ts";

const DURATION_SECONDS = 1000;

/**
 * The run on paper: nodes of 8 GPUs at $2 per GPU-hour, replicas of 4 GPUs.
 *
 *   0 s  chat-0 is Ready on h100-0
 * 100 s  3 replicas: chat-1 starts on h100-0 (Ready at 140 s); chat-2 finds no room
 * 110 s  scan: h100-1 is asked for, billed from here, 4 of its GPUs for chat-2
 * 230 s  h100-1 is Allocatable, chat-2 starts there
 * 270 s  2 replicas: chat-2 is cut short while it loads; h100-1 is empty
 * 400 s  1 replica: chat-1 drains (preStop 5 s, then 25 s to empty), gone at 430 s
 * 500 s  the container of chat-0 restarts (5 + 30 + 9 s), Ready again at 544 s
 * 570 s  scan: h100-1 has been empty for 300 s, drains for 30 s, gone at 600 s
 */
function paperRun(wrapLedger?: (ledger: LedgerPort) => LedgerPort): ClusterRig {
  const rig = new ClusterRig(CLUSTER, wrapLedger === undefined ? {} : { wrapLedger });
  return rig.start().scale(100, 3).scale(270, 2).scale(400, 1).restart(500, 0).finish(DURATION_SECONDS);
}

/** The load requires one replica, from 200 s to 300 s two. */
const REQUIRED: RequiredSteps = [
  [0, 1],
  [200_000_000, 2],
  [300_000_000, 1],
];

function score(ledger: LedgerSnapshot, cluster: ClusterConfig = CLUSTER, required: readonly RequiredSteps[] = [REQUIRED]): CostResult {
  return scoreCost({
    cluster,
    ledger,
    required,
    durationSeconds: DURATION_SECONDS,
    outputTokens: 2_000_000,
    wastedTokens: 500_000,
    goodRequests: 1000,
  });
}

const gpuSeconds = (seconds: number): string => `${seconds}000000`;

describe("the run on paper", () => {
  it("has every ledger line as worked out by hand", () => {
    const { ledger } = score(paperRun().ledger.snapshot());
    expect(ledger.map(({ deployment, nodePool }) => [deployment, nodePool])).toEqual([
      ["chat", "h100"],
      [null, "h100"],
    ]);
    expect(ledger[0]?.gpuMicroseconds).toEqual({
      // replica-seconds: 140 + 60 (one of two) + 2 × 100 + 100 (one of two) + 100 + 0 (restart) + 456 = 1056
      needed: gpuSeconds(4 * 1056),
      // the second replica from 140 to 200 s and from 300 to 400 s
      buffer: gpuSeconds(4 * 160),
      // chat-1 100…140 s; chat-2 110…270 s, on paper from the node's first billed second
      starting: gpuSeconds(4 * 40 + 4 * 160),
      // chat-0 500…544 s
      interrupted: gpuSeconds(4 * 44),
      // chat-1 400…430 s
      draining: gpuSeconds(4 * 30),
      unallocated: "0",
    });
    expect(ledger[1]?.unallocatedMicroseconds).toEqual({
      // h100-0: 4 GPUs 0…100 s and 430…1000 s; h100-1: 4 GPUs 230…270 s
      partlyUsed: gpuSeconds(4 * 100 + 4 * 570 + 4 * 40),
      // h100-1, the 4 GPUs nobody was nominated for, 110…230 s
      unusedNode: gpuSeconds(4 * 120),
      // h100-1 270…570 s
      waitingForRemoval: gpuSeconds(8 * 300),
      // h100-1 570…600 s
      terminating: gpuSeconds(8 * 30),
    });
    expect(ledger[1]?.gpuMicroseconds.unallocated).toBe(gpuSeconds(5960));
  });

  it("has the bill of its nodes: 8 GPUs for 1000 s and for 490 s", () => {
    const cost = score(paperRun().ledger.snapshot());
    expect(cost.billedGpuMicroseconds).toBe(gpuSeconds(8 * 1000 + 8 * 490));
    expect(cost.billUsd).toBeCloseTo((11_920 / 3600) * 2, 12);
    expect(cost.runHours).toBeCloseTo(1000 / 3600, 15);
    expect(cost.monthlyUsd).toBeCloseTo(11_920 * 2 * 0.73, 8);
    expect(cost.perMillionOutputTokensUsd).toBeCloseTo(cost.billUsd / 2, 12);
    expect(cost.perGoodRequestUsd).toBeCloseTo(cost.billUsd / 1000, 12);
    expect(LEDGER_STATES.reduce((sum, state) => sum + cost.byStateUsd[state], 0)).toBeCloseTo(cost.billUsd, 12);
    expect(cost.byStateUsd.draining).toBeCloseTo((120 / 3600) * 2, 15);
  });

  it("has the equation's inputs as measured and its terms from them", () => {
    const { equation, equationUsd } = score(paperRun().ledger.snapshot());
    expect(equation).toHaveLength(1);
    const [row] = equation;
    expect(row).toMatchObject({ deployment: "chat", nodePool: "h100", replicaPricePerHourUsd: 8 });
    expect(row?.averageConcurrentReplicas).toBeCloseTo(1.056, 12);
    expect(row?.overprovisioningBufferReplicas).toBeCloseTo(0.16, 12);
    // chat-1 and chat-2 in 1000 s; 40 s and 160 s of start
    expect(row?.scaleUpEventsPerMonth).toBeCloseTo(2 * 730 * 3.6, 8);
    expect(row?.modelLoadHours).toBeCloseTo(100 / 3600, 12);
    expect(row?.replicasTermUsd).toBeCloseTo(1.056 * 8 * 730, 8);
    expect(row?.scaleUpsTermUsd).toBeCloseTo(5256 * (100 / 3600) * 8, 8);
    expect(row?.bufferTermUsd).toBeCloseTo(0.16 * 8 * 730, 8);
    expect(equationUsd).toBeCloseTo(6167.04 + 1168 + 934.4, 8);
  });

  it("fails a check whichever call to the ledger is lost", () => {
    const calls = countCalls();
    expect(calls).toBeGreaterThan(50);
    for (let lost = 0; lost < calls; lost++) {
      expect(() => score(paperRun((ledger) => losing(ledger, lost)).ledger.snapshot()), `call ${lost}`).toThrow(/ledger_/);
    }
  });
});

function countCalls(): number {
  let calls = 0;
  paperRun((ledger) => forward(ledger, () => ++calls > 0));
  return calls;
}

function losing(ledger: LedgerPort, lost: number): LedgerPort {
  let call = 0;
  return forward(ledger, () => call++ !== lost);
}

/** Passes on those calls that `isKept` says yes to. */
function forward(ledger: LedgerPort, isKept: () => boolean): LedgerPort {
  return {
    openNode: (...call) => (isKept() ? ledger.openNode(...call) : undefined),
    moveSlot: (...call) => (isKept() ? ledger.moveSlot(...call) : undefined),
    closeNode: (...call) => (isKept() ? ledger.closeNode(...call) : undefined),
  };
}

describe("cost", () => {
  it("takes a run without a load as buffer, without tokens as no price per token, without starts as no load time", () => {
    const rig = new ClusterRig(CLUSTER).start().finish(DURATION_SECONDS);
    const inputs = { cluster: CLUSTER, ledger: rig.ledger.snapshot(), required: [], durationSeconds: DURATION_SECONDS };
    const cost = scoreCost({ ...inputs, outputTokens: 0, wastedTokens: 0, goodRequests: 0 });
    expect(cost.ledger[0]?.gpuMicroseconds).toMatchObject({ needed: "0", buffer: gpuSeconds(4000), starting: "0" });
    expect([cost.perMillionOutputTokensUsd, cost.perGoodRequestUsd]).toEqual([null, null]);
    expect(cost.equation[0]).toMatchObject({ averageConcurrentReplicas: 0, overprovisioningBufferReplicas: 1, modelLoadHours: 0 });
  });

  it("prices tokens generated for nothing at what a generated token costs, those included; without any they cost nothing", () => {
    const rig = new ClusterRig(CLUSTER).start().finish(DURATION_SECONDS);
    const inputs = { cluster: CLUSTER, ledger: rig.ledger.snapshot(), required: [], durationSeconds: DURATION_SECONDS, goodRequests: 1 };
    const costOf = (outputTokens: number, wastedTokens: number) => scoreCost({ ...inputs, outputTokens, wastedTokens });
    const { billUsd, wastedTokensUsd } = costOf(3_000_000, 1_000_000);
    expect(wastedTokensUsd).toBeCloseTo(billUsd / 4, 12);
    expect(costOf(0, 5).wastedTokensUsd).toBe(billUsd);
    expect([costOf(5, 0).wastedTokensUsd, costOf(0, 0).wastedTokensUsd]).toEqual([0, 0]);
  });

  it("keeps deployments and pools apart, each with its own required load and price", () => {
    const pools = [
      { ...POOL, name: "a", pricePerGpuHourUsd: 1 },
      { ...POOL, name: "b", pricePerGpuHourUsd: 3 },
    ];
    const deployments = [
      { ...DEPLOYMENT, name: "x", replicas: 3, nodePools: ["b", "a"] },
      { ...DEPLOYMENT, name: "y", replicas: 1, nodePools: ["a"] },
    ];
    const cluster = { nodePools: pools, deployments };
    const rig = new ClusterRig(cluster).start().finish(DURATION_SECONDS);
    const cost = score(rig.ledger.snapshot(), cluster, [[[0, 1]], [[0, 2]]]);
    expect(
      cost.ledger.map(({ deployment, nodePool, gpuMicroseconds }) => [
        deployment,
        nodePool,
        gpuMicroseconds.needed,
        gpuMicroseconds.buffer,
      ]),
    ).toEqual([
      ["x", "b", gpuSeconds(4000), gpuSeconds(4000)],
      ["x", "a", "0", gpuSeconds(4000)],
      ["y", "a", gpuSeconds(4000), "0"],
      [null, "a", "0", "0"],
      [null, "b", "0", "0"],
    ]);
    expect(cost.billUsd).toBeCloseTo(((8 * 1 + 8 * 3) * 1000) / 3600, 12);
  });

  it("bills a node that goes early for its minimum time", () => {
    const pool = { ...POOL, minimumBillingSeconds: 800 };
    const rig = new ClusterRig({ nodePools: [pool], deployments: [DEPLOYMENT] }).start();
    rig.scale(100, 3).scale(270, 1).finish(DURATION_SECONDS);
    const cost = score(rig.ledger.snapshot());
    expect(cost.ledger[1]?.unallocatedMicroseconds.minimumBilling).toBe(gpuSeconds(8 * 310));
    expect(cost.billedGpuMicroseconds).toBe(gpuSeconds(8 * 1000 + 8 * 800));
  });

  it("refuses a ledger in which GPU time is missing or doubled", () => {
    const snapshot = paperRun().ledger.snapshot();
    const tampered = (state: string) =>
      snapshot.accounts.map((account) =>
        account.state === state ? { ...account, gpuMicroseconds: account.gpuMicroseconds + 1n } : account,
      );
    expect(() => score({ ...snapshot, accounts: tampered("draining") })).toThrow(/ledger_bill_mismatch/);
    expect(() => score({ ...snapshot, accounts: tampered("serving") })).toThrow(/ledger_serving_mismatch/);
  });

  it("adds up to the bill exactly, for any sequence of scalings and any required load", () => {
    const anyScale = fc.record({ after: fc.double({ min: 0, max: 200, noNaN: true }), replicas: fc.nat(5) });
    const anyRequired = fc
      .array(fc.nat(6), { maxLength: 8 })
      .map((values): RequiredSteps => values.map((value, i) => [i * 123_456_789, value]));
    fc.assert(
      fc.property(fc.array(anyScale, { maxLength: 12 }), anyRequired, fc.nat(10_000), (scales, required, salt) => {
        const play = (wrapLedger: (ledger: LedgerPort) => LedgerPort) => {
          const cluster = { ...CLUSTER, nodePools: [{ ...POOL, maxNodes: 3 }] };
          const rig = new ClusterRig(cluster, { wrapLedger }).start();
          for (const { after, replicas } of scales) rig.scale(rig.now + after, replicas);
          const durationSeconds = rig.finish(rig.now + 700).now;
          return scoreCost({
            cluster,
            ledger: rig.ledger.snapshot(),
            required: [required],
            durationSeconds,
            outputTokens: 1,
            wastedTokens: 0,
            goodRequests: 1,
          });
        };
        let calls = 0;
        const cost = play((ledger) => forward(ledger, () => ++calls > 0));
        const accounted = cost.ledger.flatMap((row) => LEDGER_STATES.map((state) => BigInt(row.gpuMicroseconds[state])));
        expect(accounted.reduce((a, b) => a + b, 0n)).toBe(BigInt(cost.billedGpuMicroseconds));
        expect(() => play((ledger) => losing(ledger, salt % calls))).toThrow(/ledger_/);
      }),
      { numRuns: 150 },
    );
  });
});
