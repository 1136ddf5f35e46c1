import { describe, expect, it } from "vitest";
import type { RequestFate } from "../domain/request.ts";
import { EventQueue } from "../kernel/event-queue.ts";
import { Priority } from "../kernel/priorities.ts";
import { type TinyDeployment, tinyPlan } from "../testing.ts";
import { CLIENT_TIMERS, type ClientTimer, Service } from "./service.ts";

/** A second per prompt token, one request at a time: times are easy to follow. */
const SLOW_SERVER: TinyDeployment = {
  latency: {
    kind: "linear",
    stepSeconds: 0,
    perPromptTokenSeconds: 1,
    perDecodeSequenceSeconds: 0,
    perContextTokenSeconds: 0,
    perPromptTokenContextSeconds: 0,
    requestOverheadSeconds: 0,
  },
  engine: { maxSequences: 1, maxBatchedTokens: 100 },
};

/** One deployment's service with a clock of its own; what clients see, in order. */
class Rig {
  readonly seen: [number, string, ...unknown[]][] = [];
  readonly service: Service;
  now = 0;
  private readonly queue = new EventQueue();
  private requests = 0;

  constructor(deployment: TinyDeployment) {
    const serving = tinyPlan({ deployments: [{ ...SLOW_SERVER, ...deployment }] }).deployments.map((each) => each.serving);
    const { seen } = this;
    this.service = new Service(
      serving,
      {
        schedule: (at, timer, slot) => this.queue.push(at, Priority.Arrival, CLIENT_TIMERS.indexOf(timer as ClientTimer), slot),
        scheduleTimeout: (at, slot) => this.queue.pushInOrder(at, Priority.Arrival, CLIENT_TIMERS.indexOf("timeout"), slot),
        cancel: (handle) => this.queue.cancel(handle),
        retryJitter: () => 1,
        acceptance: (requestId) => requestId / 4,
        routing: () => 0,
      },
      {
        arrived: () => {},
        offered: () => {},
        escalated: () => undefined,
        prefilled: () => {},
        attempted: () => seen.push([this.now, "attempt"]),
        attemptEnded: () => {},
        wasted: (_, tokens) => seen.push([this.now, "wasted", tokens]),
        ended: (_, slot, fate: RequestFate) => seen.push([this.now, fate, this.service.table.requestId[slot]]),
        firstToken: () => {},
        gaps: () => {},
        busy: () => {},
        drained: () => {
          seen.push([this.now, "drained"]);
          this.service.removeReplica(0, this.now);
        },
      },
    );
  }

  addReplica(index = 0): this {
    this.service.addReplica(index, 0, true);
    this.service.openEndpoint(index, this.now);
    return this;
  }

  arrive(promptTokens: number, outputTokens = 1): this {
    this.service.arrive(0, this.requests++, promptTokens, outputTokens, this.now);
    return this;
  }

  runTo(untilSeconds: number): this {
    for (;;) {
      const { nextSeconds, nextPriority } = this.service.fleet;
      const { headTimeSeconds } = this.queue;
      if (Math.min(nextSeconds, headTimeSeconds) > untilSeconds) break;
      this.now = Math.min(nextSeconds, headTimeSeconds);
      if (nextSeconds < headTimeSeconds || (nextSeconds === headTimeSeconds && nextPriority < Priority.Arrival)) {
        const { fleet } = this.service;
        const index = fleet.nextReplica;
        fleet.get(index).onEvent();
        if (fleet.has(index)) fleet.reschedule(index);
        continue;
      }
      const timer = CLIENT_TIMERS[this.queue.headKind];
      const slot = this.queue.headSubject;
      this.queue.pop();
      this.service.onTimer(timer as (typeof CLIENT_TIMERS)[number], slot, this.now);
    }
    this.now = untilSeconds;
    return this;
  }

  fates(): unknown[] {
    return this.seen.filter(([, what]) => what !== "attempt" && what !== "wasted");
  }
}

describe("the gateway", () => {
  it("holds attempts back while every replica is full, and sends them first come first served", () => {
    const rig = new Rig({ gateway: { maxInFlightPerReplica: 1 } }).addReplica();
    rig.arrive(2).arrive(2).arrive(2);
    expect(rig.service.gateway(0).queueDepth).toBe(2);
    expect(rig.runTo(10).fates()).toEqual([
      [2, "completed", 0],
      [4, "completed", 1],
      [6, "completed", 2],
    ]);
  });

  it("queues while nobody is ready and rejects what its queue cannot hold", () => {
    const rig = new Rig({ gateway: { maxQueued: 1 } });
    rig.arrive(1).arrive(1);
    expect(rig.fates()).toEqual([[0, "rejected", 1]]);
    rig.runTo(5).addReplica();
    expect(rig.runTo(9).fates()).toEqual([
      [0, "rejected", 1],
      [6, "completed", 0],
    ]);
  });

  it("times an attempt out that waits too long in its queue", () => {
    const rig = new Rig({ gateway: { queueTimeoutSeconds: 3 } }).arrive(1);
    expect(rig.runTo(5).fates()).toEqual([[3, "timedOut", 0]]);
    expect(rig.service.gateway(0).queueDepth).toBe(0);
  });

  it("counts what no replica could ever hold like any other arrival it refuses", () => {
    const rig = new Rig({ engine: { maxModelTokens: 100 } }).addReplica().arrive(150).arrive(40);
    const { arrivals, promptTokens, rejected } = rig.service.gateway(0);
    expect({ arrivals, promptTokens, rejected }).toEqual({ arrivals: 2, promptTokens: 190, rejected: 1 });
  });

  it("routes to the replica with the fewest attempts", () => {
    const rig = new Rig({}).addReplica(0).addReplica(1);
    rig.arrive(4).arrive(4);
    expect(rig.runTo(5).fates()).toEqual([
      [4, "completed", 0],
      [4, "completed", 1],
    ]);
  });
});

describe("a client", () => {
  it("gives up at its time-out, and the server lets go at its next step", () => {
    const rig = new Rig({ client: { timeoutSeconds: 3 } }).addReplica();
    rig.arrive(2).arrive(2);
    expect(rig.runTo(9).fates()).toEqual([
      [2, "completed", 0],
      [3, "timedOut", 1],
    ]);
    expect(rig.service.table.live).toBe(0);
  });

  it("a token at the very moment of the time-out beats it", () => {
    expect(new Rig({ client: { timeoutSeconds: 2 } }).addReplica().arrive(2).runTo(9).fates()).toEqual([[2, "completed", 0]]);
  });

  it("tries again with doubling back-off, up to its limit", () => {
    const rig = new Rig({ gateway: { maxQueued: 0 }, client: { maxRetries: 3, backoffBaseSeconds: 1, backoffMaxSeconds: 3 } });
    rig.arrive(1).runTo(20);
    expect(rig.seen).toEqual([
      [0, "attempt"],
      [1, "attempt"],
      [3, "attempt"],
      [6, "attempt"],
      [6, "rejected", 0],
    ]);
  });

  it("leaves for good when its patience ends before the first token", () => {
    const rig = new Rig({ client: { patienceSeconds: 4, maxRetries: 5 } }).addReplica();
    rig.arrive(3).arrive(3);
    expect(rig.runTo(20).fates()).toEqual([
      [3, "completed", 0],
      [4, "cancelled", 1],
    ]);
  });

  it("does not lose its patience once the answer has begun", () => {
    const decode: TinyDeployment = {
      latency: { ...(SLOW_SERVER.latency as object), stepSeconds: 1 } as NonNullable<TinyDeployment["latency"]>,
      client: { patienceSeconds: 4 },
    };
    expect(new Rig(decode).addReplica().arrive(1, 5).runTo(20).fates()).toEqual([[6, "completed", 0]]);
  });
});

describe("a replica's end", () => {
  it("drains: what is in flight finishes, nothing new comes in", () => {
    const rig = new Rig({}).addReplica().arrive(4);
    rig.runTo(1);
    rig.service.closeEndpoint(0, 1);
    rig.service.drain(0, 1);
    rig.arrive(1);
    expect(rig.runTo(9).fates()).toEqual([
      [4, "completed", 0],
      [4, "drained"],
    ]);
    expect(rig.service.gateway(0).queueDepth).toBe(1);
  });

  it("drains at once when it is empty", () => {
    const rig = new Rig({}).addReplica();
    rig.service.drain(0, 0);
    expect(rig.fates()).toEqual([[0, "drained"]]);
  });

  it("cuts off what it still holds when it is killed; the client may try again", () => {
    const decode: TinyDeployment = {
      latency: { ...(SLOW_SERVER.latency as object), stepSeconds: 1 } as NonNullable<TinyDeployment["latency"]>,
      client: { maxRetries: 1 },
    };
    const rig = new Rig(decode).addReplica().arrive(1, 9).runTo(4.5);
    rig.service.removeReplica(0, 4.5);
    expect(rig.seen.at(-1)).toEqual([4.5, "wasted", 3]);
    rig.addReplica(1);
    expect(rig.runTo(40).fates()).toEqual([[15.5, "completed", 0]]);
  });

  it("suspends and resumes: nothing is routed to it in between", () => {
    const rig = new Rig({ client: { maxRetries: 1 } }).addReplica().arrive(4).runTo(1);
    rig.service.suspend(0, 1);
    expect(rig.service.isServing(0)).toBe(false);
    rig.runTo(5);
    rig.service.resume(0);
    rig.service.openEndpoint(0, 5);
    expect(rig.runTo(20).fates()).toEqual([[9, "completed", 0]]);
  });
});

describe("limits and marks of requests", () => {
  it("ends answers after the deployment's limit, before it asks whether they are too long", () => {
    const rig = new Rig({ engine: { maxOutputTokens: 4, maxModelTokens: 20 } }).addReplica();
    rig.arrive(16, 500).runTo(1e6);
    expect(rig.seen.map(([, what]) => what)).toEqual(["attempt", "completed"]);
    expect(rig.service.table.outputTokens[0]).toBe(4);
  });

  it("draws the tokens per step of each request once, from its own number, and keeps it over retries", () => {
    const tokensPerStep = { kind: "uniform", min: 1, max: 3 } as const;
    const engine = { speculative: { draftTokens: 4, tokensPerStep, draftOverheadSeconds: 0 } };
    const rig = new Rig({ engine, client: { timeoutSeconds: 1e-3, maxRetries: 1 } }).addReplica();
    rig.arrive(1, 100).arrive(1, 100).arrive(1, 100);
    const { table } = rig.service;
    const drawn = (): unknown[] => {
      const rows: unknown[] = [];
      table.forEachSlot((slot) => rows.push([table.requestId[slot], table.stepTokens[slot]]));
      return rows;
    };
    const rates = [
      [0, 1024],
      [1, 1536],
      [2, 2048],
    ];
    expect(drawn()).toEqual(rates);
    rig.runTo(1.1e-3);
    expect(drawn()).toEqual([...rates, ...rates]);
  });
});
