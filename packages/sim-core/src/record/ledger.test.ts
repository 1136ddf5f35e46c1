import { describe, expect, it } from "vitest";
import { Ledger, type LedgerHolding, toMicroseconds } from "./ledger.ts";

const free: LedgerHolding = { state: "partlyUsed", deployment: -1, pod: -1 };
const unused: LedgerHolding = { state: "unusedNode", deployment: -1, pod: -1 };
const starting = (pod: number): LedgerHolding => ({ state: "starting", deployment: 0, pod });
const serving = (pod: number): LedgerHolding => ({ state: "serving", deployment: 0, pod });

/** One node of two GPUs from 1 s to 10 s; a pod starts on slot 0 at 2 s and serves from 4 s. */
function twoGpus(): Ledger {
  const ledger = new Ledger(1, 1);
  ledger.openNode(1, 0, 0, 2, unused);
  ledger.moveSlot(2, 0, 0, unused, starting(0));
  ledger.moveSlot(2, 0, 1, unused, free);
  ledger.moveSlot(4, 0, 0, starting(0), serving(0));
  return ledger;
}

describe("accounts", () => {
  it("hold the time of each slot in each state, in whole microseconds", () => {
    const ledger = twoGpus();
    ledger.closeNode(10, 0, [serving(0), free]);
    const { accounts, intervals, histories } = ledger.snapshot();
    expect(accounts).toEqual([
      { deployment: -1, pool: 0, state: "partlyUsed", gpuMicroseconds: 8_000_000n },
      { deployment: -1, pool: 0, state: "unusedNode", gpuMicroseconds: 2_000_000n },
      { deployment: 0, pool: 0, state: "starting", gpuMicroseconds: 2_000_000n },
      { deployment: 0, pool: 0, state: "serving", gpuMicroseconds: 6_000_000n },
    ]);
    expect(intervals).toEqual([{ node: 0, pool: 0, gpus: 2, fromMicroseconds: 1_000_000, toMicroseconds: 10_000_000 }]);
    expect(histories).toEqual([
      {
        deployment: 0,
        pool: 0,
        scaleUpEvents: 1,
        servingGpus: [
          [4_000_000, 1],
          [10_000_000, 0],
        ],
      },
    ]);
  });

  it("round each transition once, so what one state loses the next one gains", () => {
    const ledger = new Ledger(1, 1);
    ledger.openNode(0, 0, 0, 1, free);
    let from = free;
    for (let n = 1; n <= 1000; n++) {
      const to = n % 2 === 1 ? serving(n) : free;
      ledger.moveSlot(n / 3e6, 0, 0, from, to);
      from = to;
    }
    ledger.closeNode(1000 / 3e6, 0, [from]);
    const total = ledger.snapshot().accounts.reduce((sum, { gpuMicroseconds }) => sum + gpuMicroseconds, 0n);
    expect(total).toBe(BigInt(toMicroseconds(1000 / 3e6)));
  });

  it("count a pod that starts once, with however many GPUs, and again only on another pool", () => {
    const ledger = new Ledger(1, 2);
    ledger.openNode(0, 0, 0, 2, unused);
    ledger.openNode(0, 1, 1, 1, unused);
    for (const slot of [0, 1]) ledger.moveSlot(1, 0, slot, unused, starting(5));
    for (const slot of [0, 1]) ledger.moveSlot(2, 0, slot, starting(5), unused);
    ledger.moveSlot(3, 0, 0, unused, starting(5));
    ledger.moveSlot(4, 1, 0, unused, starting(5));
    ledger.closeNode(5, 0, [starting(5), unused]);
    ledger.closeNode(5, 1, [starting(5)]);
    expect(ledger.snapshot().histories.map(({ scaleUpEvents }) => scaleUpEvents)).toEqual([1, 1]);
  });
});

it("counts a pod that serves from the moment it is paid for, unless it did so at the very start", () => {
  const ledger = new Ledger(1, 1);
  ledger.openNode(0, 0, 0, 2, free);
  ledger.moveSlot(0, 0, 0, free, serving(0));
  ledger.moveSlot(1, 0, 0, serving(0), { state: "interrupted", deployment: 0, pod: 0 });
  ledger.moveSlot(2, 0, 0, { state: "interrupted", deployment: 0, pod: 0 }, serving(0));
  ledger.moveSlot(3, 0, 1, free, serving(1));
  ledger.closeNode(5, 0, [serving(0), serving(1)]);
  expect(ledger.snapshot().histories.map(({ scaleUpEvents }) => scaleUpEvents)).toEqual([1]);
});

describe("a lost transition", () => {
  it("is found at the slot's next move", () => {
    expect(() => twoGpus().moveSlot(5, 0, 0, starting(0), free)).toThrow(/ledger_transition_lost/);
    expect(() => twoGpus().moveSlot(5, 0, 0, serving(1), free)).toThrow(/ledger_transition_lost/);
  });

  it("is found at the end of its node", () => {
    expect(() => twoGpus().closeNode(10, 0, [starting(0), free])).toThrow(/ledger_transition_lost/);
    expect(() => twoGpus().closeNode(10, 0, [serving(0)])).toThrow(/ledger_transition_lost/);
  });

  it("is found when a node never began or never ends", () => {
    expect(() => twoGpus().moveSlot(5, 1, 0, free, starting(0))).toThrow(/ledger_node_closed/);
    expect(() => twoGpus().openNode(5, 0, 0, 2, free)).toThrow(/ledger_node_open/);
    expect(() => twoGpus().snapshot()).toThrow(/ledger_not_closed/);
  });

  it("cannot be hidden by going back in time", () => {
    expect(() => twoGpus().moveSlot(3, 0, 0, serving(0), free)).toThrow(/ledger_time_reversed/);
  });
});

it("continues from a saved state", () => {
  const whole = twoGpus();
  const resumed = new Ledger(1, 1);
  resumed.restore(whole.save());
  for (const ledger of [whole, resumed]) {
    ledger.moveSlot(6, 0, 1, free, starting(0));
    ledger.closeNode(10, 0, [serving(0), starting(0)]);
  }
  expect(resumed.snapshot()).toEqual(whole.snapshot());
});
