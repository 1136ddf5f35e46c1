import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FlowControlConfig, PriorityBandConfig } from "../config.ts";
import { EndpointMonitor, READING_GROUPS } from "../endpoint-monitor.ts";
import { RequestTable } from "../request-table.ts";
import { FlowQueue } from "./flow-queue.ts";
import { poolSaturation } from "./saturation.ts";

const band = (priority: number, streams: readonly number[], maxQueued = 100): PriorityBandConfig => ({
  priority,
  maxQueued,
  flows: streams.map((stream) => ({ name: `s${stream}`, stream })),
});

const config = (overrides: Partial<FlowControlConfig> = {}): FlowControlConfig => ({
  queueDepthThreshold: 5,
  kvCacheThreshold: 0.8,
  metricsMaxAgeSeconds: 0.2,
  ttlSeconds: 60,
  noEndpointTtlSeconds: 60,
  fairness: "globalStrict",
  bands: [band(10, [0]), band(0, [1, 2]), band(-1, [3], 2)],
  ...overrides,
});

function queueOf(overrides: Partial<FlowControlConfig> = {}) {
  const table = new RequestTable();
  const queue = new FlowQueue(config(overrides), table);
  const add = (stream: number, attemptSeconds = 0): number => {
    const slot = table.take();
    table.stream[slot] = stream;
    table.attemptSeconds[slot] = attemptSeconds;
    queue.add(slot);
    return slot;
  };
  /** Streams in the order in which they are dispatched. */
  const drain = (): number[] => {
    const streams: number[] = [];
    for (let slot = queue.select(); slot >= 0; slot = queue.select()) {
      streams.push(table.stream[slot] as number);
      queue.remove(slot, "Dispatched");
    }
    return streams;
  };
  return { table, queue, add, drain };
}

describe("the saturation of a pool", () => {
  const monitor = (endpoints: readonly { readonly waiting: number; readonly used: number }[], readAt = 1) => {
    const monitored = new EndpointMonitor({
      periodSeconds: 0.05,
      kvBlocks: 100,
      probe: (replica, _, into) => {
        into.waiting = endpoints[replica]?.waiting as number;
        into.usedBlocks = endpoints[replica]?.used as number;
      },
    });
    endpoints.forEach((_, replica) => {
      monitored.add(replica);
    });
    monitored.readAll(readAt);
    return monitored;
  };

  it.each([
    { endpoints: [], now: 1, saturation: 1, because: "without endpoints nothing can be sent" },
    { endpoints: [{ waiting: 0, used: 0 }], now: 1, saturation: 0, because: "an idle pool is empty" },
    { endpoints: [{ waiting: 2, used: 60 }], now: 1, saturation: 0.75, because: "KV 0.6 ÷ 0.8 outweighs 2 ÷ 5" },
    { endpoints: [{ waiting: 10, used: 10 }], now: 1, saturation: 2, because: "10 ÷ 5 waiting, and it may exceed 1" },
    {
      endpoints: [
        { waiting: 10, used: 0 },
        { waiting: 0, used: 40 },
      ],
      now: 1,
      saturation: 1.25,
      because: "a pool is the mean of its endpoints",
    },
    { endpoints: [{ waiting: 0, used: 0 }], now: 1.3, saturation: 1, because: "metrics older than 200 ms count as saturated" },
  ])("is $saturation: $because", ({ endpoints, now, saturation }) => {
    expect(poolSaturation(monitor(endpoints), config(), now)).toBeCloseTo(saturation, 12);
  });

  it("counts an endpoint that was never read as saturated", () => {
    const monitored = monitor([{ waiting: 0, used: 0 }]);
    monitored.add(1);
    expect(poolSaturation(monitored, config(), 1)).toBe(0.5);
  });

  it("is read a group at a time, every group once a period", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constantFrom(0.05, 0.1, 0.03, 15), (now, periodSeconds) => {
        const read: number[] = [];
        const monitored = new EndpointMonitor({ periodSeconds, kvBlocks: 1, probe: (replica) => read.push(replica) });
        for (let replica = 0; replica < 20; replica++) monitored.add(replica);
        monitored.wake(now);
        let at = now;
        for (let reading = 0; reading < READING_GROUPS; reading++) {
          const next = monitored.nextSeconds(at);
          expect(next).toBeGreaterThan(at);
          at = next;
          monitored.readGroup(at, true);
        }
        expect(at - now).toBeLessThanOrEqual(periodSeconds * (1 + 1e-6));
        expect(read.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, replica) => replica));
        expect(monitored.isWatching).toBe(false);
      }),
    );
  });
});

describe("the queue of flow control", () => {
  it("serves higher bands first, whatever came first", () => {
    const { add, drain } = queueOf();
    for (const stream of [3, 1, 0, 3, 0]) add(stream);
    expect(drain()).toEqual([0, 0, 1, 3, 3]);
  });

  it("serves the oldest attempt of a band first when fairness is global strict", () => {
    const { add, drain } = queueOf();
    for (const [stream, at] of [
      [2, 1],
      [1, 2],
      [1, 3],
      [2, 4],
    ] as const)
      add(stream, at);
    expect(drain()).toEqual([2, 1, 1, 2]);
  });

  it("serves the flows of a band in turn when fairness is round robin", () => {
    const { add, drain } = queueOf({ fairness: "roundRobin" });
    for (let i = 0; i < 4; i++) add(1, i);
    for (let i = 0; i < 2; i++) add(2, 10 + i);
    expect(drain()).toEqual([1, 2, 1, 2, 1, 1]);
  });

  it("has room per band, not per stream", () => {
    const { table, queue, add } = queueOf();
    add(3);
    const slot = add(3);
    expect(queue.hasRoom(slot)).toBe(false);
    const other = table.take();
    table.stream[other] = 1;
    expect(queue.hasRoom(other)).toBe(true);
    queue.remove(slot, "EvictedTTL");
    expect(queue.hasRoom(slot)).toBe(true);
    expect(queue.outcomes[3]).toEqual([0, 0, 0, 1, 0, 0]);
  });

  it("conserves attempts over any order of joining and leaving, also over being saved", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ stream: fc.nat(3), leaves: fc.boolean() }), { maxLength: 60 }), (steps) => {
        const { table, queue, add } = queueOf({ fairness: "roundRobin" });
        let left = 0;
        steps.forEach(({ stream, leaves }, time) => {
          if (!leaves) add(stream, time);
          const slot = leaves ? queue.select() : -1;
          if (slot < 0) return;
          queue.remove(slot, time % 2 === 0 ? "Dispatched" : "EvictedContextCancelled");
          left++;
        });
        const visited: number[] = [];
        queue.forEach((slot) => {
          visited.push(slot);
        });
        expect(visited.length).toBe(queue.count);
        expect(queue.outcomes.flat().reduce((sum, count) => sum + count, 0)).toBe(left);
        expect(left + queue.count).toBe(table.live);
        const copy = new FlowQueue(config({ fairness: "roundRobin" }), table);
        copy.restore(JSON.parse(JSON.stringify(queue.save())));
        expect(copy.save()).toEqual(queue.save());
        expect([copy.count, copy.select()]).toEqual([queue.count, queue.select()]);
      }),
    );
  });
});
