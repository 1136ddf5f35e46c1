import fc from "fast-check";
import { EventQueue } from "../src/kernel/event-queue.ts";
import { Priority } from "../src/kernel/priorities.ts";
import type { LatencyConfig, ServingConfig } from "../src/serving/config.ts";
import { createReplicaSample } from "../src/serving/replica.ts";
import { CLIENT_TIMERS, type ClientTimer, Service, type ServiceState } from "../src/serving/service.ts";
import { SteppingReplica } from "../src/serving/stepping-replica.ts";
import { tinyPlan } from "../src/testing.ts";
import { ANY_FEATURES, type Build, engineOf, FREE_ENTRY, ROOFLINE, secondsUpTo, TIED } from "./engine-rig.ts";

/** A disaggregated pair of deployments: the requests it gets, what happens to its replicas, and everything it tells. */

export interface PairArrival {
  readonly at: number;
  readonly prompt: number;
  readonly output: number;
  readonly priority: number;
  readonly ids: readonly number[];
  /** Quantile of the acceptance of its drafts. */
  readonly acceptance: number;
}

export interface Strike {
  readonly at: number;
  readonly replica: number;
  readonly kind: "drain" | "remove" | "restart";
}

export interface PairWorkload {
  /** Of the deployment that decodes, and of the one that computes prompts. */
  readonly serving: readonly [decode: ServingConfig, prefill: ServingConfig];
  readonly replicas: readonly [decode: number, prefill: number];
  /** Whether prefill replicas come first where two events are due at once. */
  readonly isPrefillFirst: boolean;
  readonly unitTokens: number;
  readonly arrivals: readonly PairArrival[];
  readonly strikes: readonly Strike[];
  readonly samples: readonly number[];
}

const DECODE = 0;
const PREFILL = 1;

export class PairRig {
  readonly seen: unknown[][] = [];
  service: Service;
  now = 0;
  private readonly queue = new EventQueue();
  private readonly workload: PairWorkload;
  private readonly build: Build;
  private readonly engines = new Map<number, SteppingReplica>();

  constructor(workload: PairWorkload, build: Build) {
    this.workload = workload;
    this.build = build;
    this.service = this.createService();
    const deployments = [...workload.replicas.map((count, deployment) => Array.from({ length: count }, () => deployment))].flat();
    if (workload.isPrefillFirst) deployments.reverse();
    deployments.forEach((deployment, index) => {
      this.service.addReplica(index, deployment, true);
      this.service.openEndpoint(index, 0);
    });
  }

  private createService(): Service {
    const { seen, workload } = this;
    return new Service(
      workload.serving,
      {
        schedule: (at, timer, slot) => this.queue.push(at, Priority.Arrival, CLIENT_TIMERS.indexOf(timer as ClientTimer), slot),
        scheduleTimeout: (at, slot) => this.queue.pushInOrder(at, Priority.Arrival, CLIENT_TIMERS.indexOf("timeout"), slot),
        cancel: (handle) => this.queue.cancel(handle),
        retryJitter: () => 1,
        acceptance: (requestId) => (workload.arrivals[requestId] as PairArrival).acceptance,
        routing: () => 0,
      },
      {
        arrived: () => {},
        offered: (deployment, slot, time) => seen.push(["offered", this.service.table.requestId[slot], time, deployment]),
        escalated: () => undefined,
        prefilled: (replica, slot, time) => seen.push(["prefilled", this.service.table.requestId[slot], time, replica]),
        attempted: () => seen.push(["attempt", this.now]),
        attemptEnded: (_, fate) => seen.push(["attempt-ended", this.now, fate]),
        wasted: (_, tokens) => tokens > 0 && seen.push(["wasted", this.now, tokens]),
        ended: (_, slot, fate, time) => {
          const { requestId, arrivalSeconds, waitStartSeconds, admitSeconds, firstTokenSeconds, pool } = this.service.table;
          const stamps = [arrivalSeconds, waitStartSeconds, admitSeconds, firstTokenSeconds, pool].map((column) => column[slot]);
          seen.push(["ended", requestId[slot], time, fate, ...stamps]);
        },
        firstToken: (replica, slot, time) => seen.push(["first", this.service.table.requestId[slot], time, replica]),
        gaps: (...gaps) => seen.push(["gaps", ...gaps]),
        busy: (...busy) => seen.push(["busy", ...busy]),
        drained: (index, time) => {
          seen.push(["drained", index, time]);
          this.service.removeReplica(index, time);
        },
      },
      (setup) => {
        const replica = this.build(setup);
        if (replica instanceof SteppingReplica) this.engines.set(setup.index, replica);
        return replica;
      },
    );
  }

  /** Plays the workload up to a time, or until nothing is left to happen. @param isReplaced a restored copy takes the service's place at every sample */
  play(untilSeconds = 40, isReplaced = false): this {
    const { workload, queue } = this;
    const { arrivals, strikes, samples } = workload;
    const next = { arrival: 0, strike: 0, sample: 0 };
    const timeOf = (at: number | undefined): number => at ?? Number.POSITIVE_INFINITY;
    for (let events = 0; ; events++) {
      const { nextSeconds, nextPriority } = this.service.fleet;
      const candidates = [
        { at: nextSeconds, priority: nextPriority, act: () => this.runReplica() },
        { at: timeOf(strikes[next.strike]?.at), priority: 1, act: () => this.strike(strikes[next.strike++] as Strike) },
        { at: timeOf(arrivals[next.arrival]?.at), priority: 2, act: () => this.arrive(next.arrival++) },
        { at: queue.headTimeSeconds, priority: 2.5, act: () => this.fire() },
        { at: timeOf(samples[next.sample]), priority: 4, act: () => this.sample(isReplaced, next) },
      ].sort((a, b) => a.at - b.at || a.priority - b.priority);
      const { at, act } = candidates[0] as (typeof candidates)[number];
      if (at >= untilSeconds) break;
      if (!(at >= this.now)) throw new Error(`the clock went back from ${this.now} to ${at}`);
      if (events > 1_000_000) throw new Error("it never ends");
      this.now = at;
      act();
    }
    for (const index of this.service.fleet.indices()) this.service.fleet.get(index).flush(untilSeconds);
    return this;
  }

  private runReplica(): void {
    const { fleet } = this.service;
    const index = fleet.nextReplica;
    fleet.get(index).onEvent();
    if (fleet.has(index)) fleet.reschedule(index);
    this.engines.get(index)?.checkBlocks(this.now);
  }

  private fire(): void {
    const { headKind, headSubject } = this.queue;
    this.queue.pop();
    this.service.onTimer(CLIENT_TIMERS[headKind] as ClientTimer, headSubject, this.now);
  }

  private arrive(id: number): void {
    const { prompt, output, priority, ids } = this.workload.arrivals[id] as PairArrival;
    const prefix = { namespace: 0, unitTokens: this.workload.unitTokens, count: ids.length, ids: Float64Array.from(ids) };
    this.service.arrive(DECODE, id, prompt, output, this.now, undefined, { priority, prefix });
  }

  private strike({ replica, kind }: Strike): void {
    const { service, now } = this;
    if (!service.fleet.has(replica)) return;
    if (kind === "restart") {
      service.suspend(replica, now);
      // A replica that was draining has nothing left to wait for, and is gone.
      if (!service.fleet.has(replica)) return;
      service.resume(replica);
      service.openEndpoint(replica, now);
      return;
    }
    service.closeEndpoint(replica, now);
    if (kind === "drain") service.drain(replica, now);
    else service.removeReplica(replica, now);
  }

  private sample(isReplaced: boolean, next: { sample: number }): void {
    next.sample++;
    const { service, now } = this;
    for (const index of service.fleet.indices()) {
      const into = createReplicaSample();
      const replica = service.fleet.get(index);
      replica.sample(now, into);
      this.seen.push(["sample", index, now, replica.inFlight, replica.held, into]);
    }
    if (!isReplaced) return;
    const state = structuredClone(service.save()) as ServiceState;
    this.service = this.createService();
    this.service.restore(state);
  }

  /** Sequences and blocks that replicas still hold. */
  get left(): { readonly held: number; readonly usedBlocks: number; readonly slots: number } {
    const { service } = this;
    const replicas = service.fleet.indices().map((index) => service.fleet.get(index));
    const usedBlocks = replicas.map((replica) => {
      const into = createReplicaSample();
      replica.sample(this.now, into);
      return into.usedBlocks;
    });
    return {
      held: replicas.reduce((sum, { held, inFlight }) => sum + held + inFlight, 0),
      usedBlocks: usedBlocks.reduce((a, b) => a + b, 0),
      slots: service.table.live,
    };
  }
}

/** What was told, by kind: between replicas only times order. */
export function told({ seen, service }: PairRig): unknown {
  const kinds = ["offered", "prefilled", "first", "ended", "gaps", "busy", "wasted", "drained", "sample", "attempt-ended"];
  return [...kinds.map((kind) => seen.filter((row) => row[0] === kind)), service.fleet.steps];
}

const times = fc.oneof(
  secondsUpTo(8),
  fc.integer({ min: 0, max: 64 }).map((n) => n / 8),
);
const lengths = fc.record({
  gap: fc.oneof(fc.constantFrom(0, 0, 0.25, 0.5), secondsUpTo(0.2)),
  prompt: fc.integer({ min: 1, max: 220 }),
  output: fc.oneof(fc.constantFrom(1, 2), fc.integer({ min: 1, max: 150 })),
  priority: fc.integer({ min: -1, max: 2 }),
  acceptance: fc.double({ min: 0, max: 0.999, noNaN: true }),
  ids: fc.oneof(fc.constant<readonly number[]>([]), fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 1, maxLength: 10 })),
});

const engines = fc.record({
  latency: fc.constantFrom<LatencyConfig>(ROOFLINE, TIED, FREE_ENTRY),
  features: ANY_FEATURES,
  maxSequences: fc.integer({ min: 1, max: 20 }),
  extraBudget: fc.integer({ min: 0, max: 300 }),
  kvBlocks: fc.integer({ min: 8, max: 80 }),
  blockTokens: fc.constantFrom(16, 8, 1),
  warmUp: fc.constantFrom({ factor: 4, requests: 10 }, { factor: 1, requests: 1 }),
});
type DrawnEngine = typeof engines extends fc.Arbitrary<infer E> ? E : never;

/** The decode side speculates, the prefill side has nothing to speculate on. */
function servingOf(drawn: DrawnEngine, parts: Partial<ServingConfig>, kvBlocksMin: number): ServingConfig {
  const { latency, features, maxSequences, extraBudget, kvBlocks, blockTokens, warmUp } = drawn;
  const blocks = Math.max(kvBlocks, Math.ceil(kvBlocksMin / blockTokens));
  const base = { maxBatchedTokens: maxSequences + extraBudget, maxSequences, kvBlocks: blocks, blockTokens, maxModelTokens: 400, warmUp };
  const tiny = tinyPlan({ deployments: [{ latency }] }).deployments[0]?.serving as ServingConfig;
  const engine = engineOf(base, features);
  const speculative = engine.speculative && { ...engine.speculative, tokensPerStep: { kind: "uniform", min: 1, max: 4 } as const };
  return { ...tiny, engine: speculative === undefined ? engine : { ...engine, speculative }, ...parts };
}

/** Small pairs near exhaustion, with ties, clients that leave or try again, full queues, and replicas that drain, restart or vanish. */
export const pairWorkloads: fc.Arbitrary<PairWorkload> = fc
  .record({
    decode: engines,
    prefill: engines,
    transfer: fc.record({
      setupSeconds: fc.constantFrom(0, 0.005, 0.25),
      perBlockSeconds: fc.oneof(fc.constantFrom(0, 0.015625, 0.0625), secondsUpTo(0.02)),
    }),
    pair: fc.record({
      prefillDeployment: fc.constant(PREFILL),
      minPromptTokens: fc.constantFrom(1, 1, 64),
      leaseSeconds: fc.constantFrom(0.5, 2, 30),
    }),
    client: fc.record({
      timeoutSeconds: fc.constantFrom(Number.POSITIVE_INFINITY, 3, 1.5),
      patienceSeconds: fc.constantFrom(Number.POSITIVE_INFINITY, 1, 2.125),
      maxRetries: fc.integer({ min: 0, max: 2 }),
    }),
    gates: fc.tuple(
      fc.constantFrom({}, { maxInFlightPerReplica: 3 }, { maxInFlightPerReplica: 2, maxQueued: 2, queueTimeoutSeconds: 0.75 }),
      fc.constantFrom({}, { maxInFlightPerReplica: 3 }, { maxInFlightPerReplica: 1, queueTimeoutSeconds: 0.5 }),
    ),
    replicas: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 2 })),
    isPrefillFirst: fc.boolean(),
    unitTokens: fc.constantFrom(32, 16, 20),
    requests: fc.array(lengths, { minLength: 1, maxLength: 50, size: "max" }),
    strikes: fc.array(
      fc.record({
        at: times,
        replica: fc.integer({ min: 0, max: 4 }),
        kind: fc.constantFrom("drain", "remove", "restart") as fc.Arbitrary<Strike["kind"]>,
      }),
      { maxLength: 3 },
    ),
    samples: fc.array(times, { maxLength: 10 }),
  })
  .map(({ decode, prefill, transfer, pair, client, gates, requests, strikes, samples, ...rest }): PairWorkload => {
    const plain = tinyPlan().deployments[0]?.serving as ServingConfig;
    const sides: [ServingConfig, ServingConfig] = [
      servingOf(
        decode,
        {
          disaggregation: pair,
          client: { ...plain.client, backoffBaseSeconds: 0.5, ...client },
          gateway: { ...plain.gateway, ...gates[0] },
        },
        0,
      ),
      servingOf(prefill, { gateway: { ...plain.gateway, ...gates[1] } }, 0),
    ];
    let at = 0;
    const arrivals = requests.map(({ gap, ...request }) => {
      at += gap;
      return { at, ...request };
    });
    const byTime = <T extends { readonly at: number }>(all: readonly T[]): readonly T[] => [...all].sort((a, b) => a.at - b.at);
    return {
      ...rest,
      serving: [{ ...sides[0], engine: { ...sides[0].engine, transfer } }, sides[1]],
      arrivals,
      strikes: byTime(strikes),
      samples: [...samples].sort((a, b) => a - b),
    };
  });
