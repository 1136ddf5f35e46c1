import { Priority } from "../src/kernel/priorities.ts";
import type { BatchingConfig } from "../src/serving/config.ts";
import { createStepComposition } from "../src/serving/latency/model.ts";
import type { ReplicaSample, ReplicaSetup } from "../src/serving/replica.ts";
import { factorAt } from "../src/serving/warm-up.ts";
import type { PlayedReplica } from "./replica-player.ts";

type DynamicConfig = Extract<BatchingConfig, { kind: "dynamic" }>;

interface Running {
  readonly slots: readonly number[];
  readonly end: number;
}

/**
 * Dynamic batching that wakes at everything that could matter and walks the queue with a cursor, request by request, as the
 * scheduler's own text does. Slow and plain on purpose.
 */
export class SteppingDynamicReplica implements PlayedReplica {
  steps = 0;
  private readonly setup: ReplicaSetup;
  private readonly batching: DynamicConfig;
  private ingress: number[] = [];
  private waiting: number[] = [];
  private delayed: number[] = [];
  private running: (Running | undefined)[];
  private mustLook = false;
  private lookedAt = -1;
  private now = 0;
  private isBusy = false;
  private admitted: number;
  private promptTokens = 0;
  private generationTokens = 0;

  constructor(setup: ReplicaSetup, batching: DynamicConfig) {
    this.setup = setup;
    this.batching = batching;
    this.running = Array.from({ length: batching.instances }, () => undefined);
    this.admitted = setup.admittedBefore;
  }

  get inFlight(): number {
    return this.ingress.length + this.waiting.length + this.delayed.length + this.inBatches().length;
  }

  private inBatches(): readonly number[] {
    return this.running.flatMap((batch) => batch?.slots ?? []);
  }

  private enqueuedAt = (slot: number): number => this.setup.table.enqueueSeconds[slot] as number;

  private get nextEnd(): number {
    return Math.min(...this.running.map((batch) => batch?.end ?? Number.POSITIVE_INFINITY));
  }

  private get nextLook(): number {
    if (this.mustLook) return this.now;
    const { maxQueueDelaySeconds, queueTimeoutSeconds } = this.batching;
    const times = [
      ...this.ingress.flatMap((slot) => [this.enqueuedAt(slot), this.enqueuedAt(slot) + queueTimeoutSeconds]),
      ...this.waiting.flatMap((slot) => [this.enqueuedAt(slot) + maxQueueDelaySeconds, this.enqueuedAt(slot) + queueTimeoutSeconds]),
      ...this.delayed.map((slot) => this.enqueuedAt(slot) + maxQueueDelaySeconds),
    ];
    return Math.min(...times.filter((time) => time > this.lookedAt));
  }

  get nextSeconds(): number {
    return Math.min(this.nextEnd, this.nextLook);
  }

  get nextPriority(): number {
    return this.nextEnd <= this.nextLook ? Priority.IterationEnd : Priority.IterationStart;
  }

  enqueue(slot: number, nowSeconds: number): void {
    this.setup.table.enqueueSeconds[slot] = nowSeconds + this.setup.latency.requestOverheadSeconds;
    this.ingress.push(slot);
  }

  abort(slot: number, nowSeconds: number): void {
    if (this.inBatches().includes(slot)) {
      this.setup.table.aborted[slot] = 1;
      return;
    }
    const others = (slots: readonly number[]): number[] => slots.filter((other) => other !== slot);
    this.ingress = others(this.ingress);
    this.waiting = others(this.waiting);
    this.delayed = others(this.delayed);
    this.mustLook = true;
    this.now = nowSeconds;
    this.setup.listener.released(slot, nowSeconds);
  }

  onEvent(): void {
    const isEnd = this.nextPriority === Priority.IterationEnd;
    this.now = this.nextSeconds;
    if (isEnd) this.end();
    else this.look();
  }

  private end(): void {
    const { table, listener } = this.setup;
    const { now } = this;
    const instance = this.running.findIndex((batch) => batch?.end === now);
    const { slots } = this.running[instance] as Running;
    this.running[instance] = undefined;
    this.steps++;
    this.mustLook = true;
    for (const slot of slots) {
      table.firstTokenSeconds[slot] = now;
      table.emittedTokens[slot] = table.outputTokens[slot] as number;
      this.promptTokens += table.promptTokens[slot] as number;
      this.generationTokens += table.outputTokens[slot] as number;
      if (table.aborted[slot] === 1) listener.released(slot, now);
      else {
        listener.firstToken(slot, now);
        listener.completed(slot, now);
      }
    }
  }

  private look(): void {
    const { now, batching } = this;
    const { listener } = this.setup;
    this.mustLook = false;
    this.lookedAt = now;
    const due = this.ingress.filter((slot) => this.enqueuedAt(slot) <= now);
    this.ingress = this.ingress.filter((slot) => this.enqueuedAt(slot) > now);
    for (const slot of due) {
      if (this.waiting.length + this.delayed.length < batching.maxQueueSize) this.waiting.push(slot);
      else listener.rejected(slot, now);
    }
    this.startAll();
    const late = this.waiting.filter((slot) => this.enqueuedAt(slot) + batching.queueTimeoutSeconds <= now);
    this.waiting = this.waiting.filter((slot) => !late.includes(slot));
    if (batching.timeoutAction === "delay") this.delayed.push(...late);
    else for (const slot of late) listener.rejected(slot, now);
    this.startAll();
    const isBusy = this.inBatches().length > 0;
    if (isBusy !== this.isBusy) listener.busy(0, now, isBusy);
    this.isBusy = isBusy;
  }

  private startAll(): void {
    for (;;) {
      const instance = this.running.indexOf(undefined);
      const size = instance < 0 ? 0 : this.walk();
      if (size === 0) break;
      this.start(instance, size);
    }
  }

  private walk(): number {
    const { maxBatchSize, preferredSizes, maxQueueDelaySeconds } = this.batching;
    let pending = 0;
    let best = 0;
    let oldest = Number.POSITIVE_INFINITY;
    for (const slot of [...this.waiting, ...this.delayed]) {
      if (pending + 1 > maxBatchSize) break;
      pending++;
      oldest = Math.min(oldest, this.enqueuedAt(slot));
      if (preferredSizes.includes(pending)) best = pending;
    }
    const isOverdue = maxQueueDelaySeconds > 0 && this.now >= oldest + maxQueueDelaySeconds;
    if (best > 0 && !isOverdue) return best;
    return isOverdue || maxQueueDelaySeconds === 0 ? pending : 0;
  }

  private start(instance: number, size: number): void {
    const { table, latency, warmUpFactors } = this.setup;
    const queue = [...this.waiting, ...this.delayed];
    const slots = queue.slice(0, size);
    const rest = queue.slice(size);
    this.waiting = this.waiting.filter((slot) => rest.includes(slot));
    this.delayed = this.delayed.filter((slot) => rest.includes(slot));
    for (const slot of slots) table.admitSeconds[slot] = this.now;
    this.admitted += size;
    const step = createStepComposition(1);
    step.decodeSequences = size;
    this.running[instance] = { slots, end: this.now + latency.stepSeconds(step) * factorAt(warmUpFactors, this.admitted) };
  }

  sample(now: number, into: ReplicaSample): void {
    into.running = this.inBatches().length;
    into.waiting = this.waiting.length + this.delayed.length + this.ingress.filter((slot) => this.enqueuedAt(slot) <= now).length;
    into.usedBlocks = 0;
    into.promptTokens = this.promptTokens;
    into.generationTokens = this.generationTokens;
  }

  stop(now: number, each: (slot: number) => void): void {
    // batches in the order in which they were taken: admissions of a lower end may be younger
    const order = [...this.inBatches()].sort((a, b) => this.admittedAt(a) - this.admittedAt(b));
    for (const slot of [...order, ...this.waiting, ...this.delayed, ...this.ingress]) each(slot);
    this.running = this.running.map(() => undefined);
    this.waiting = [];
    this.delayed = [];
    this.ingress = [];
    this.mustLook = false;
    if (this.isBusy) this.setup.listener.busy(0, now, false);
    this.isBusy = false;
  }

  private admittedAt(slot: number): number {
    return this.setup.table.admitSeconds[slot] as number;
  }

  flush(): void {}
}
