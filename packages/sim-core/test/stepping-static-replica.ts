import { Priority } from "../src/kernel/priorities.ts";
import type { BatchingConfig } from "../src/serving/config.ts";
import { createDecodeLine, createStepComposition, fillDecodeLine } from "../src/serving/latency/model.ts";
import type { ReplicaSample, ReplicaSetup } from "../src/serving/replica.ts";
import { SlotState } from "../src/serving/request-table.ts";
import { factorAt } from "../src/serving/warm-up.ts";
import type { PlayedReplica } from "./replica-player.ts";

type StaticConfig = Extract<BatchingConfig, { kind: "static" }>;

/** Static batching one step at a time, every place of the batch an object. Slow and plain on purpose. */
export class SteppingStaticReplica implements PlayedReplica {
  nextSeconds = Number.POSITIVE_INFINITY;
  nextPriority: number = Priority.IterationStart;
  steps = 0;
  private readonly setup: ReplicaSetup;
  private readonly batching: StaticConfig;
  private ingress: number[] = [];
  private waiting: number[] = [];
  private batch: { readonly slot: number; emitted: number; isOut: boolean }[] = [];
  private isBusy = false;
  private anchor = 0;
  private anchorTokens = 0;
  private anchorContext = 0;
  private readonly line = createDecodeLine();
  private previousEnd = 0;
  private prompt = 0;
  private output = 0;
  /** Tokens of every place so far; 0 while the prompts are computed. */
  private tokens = 0;
  private factor = 1;
  private admitted: number;
  private promptTokens = 0;
  private generationTokens = 0;

  constructor(setup: ReplicaSetup, batching: StaticConfig) {
    this.setup = setup;
    this.batching = batching;
    this.admitted = setup.admittedBefore;
  }

  get inFlight(): number {
    return this.ingress.length + this.waiting.length + this.left().length;
  }

  private left() {
    return this.batch.filter(({ isOut }) => !isOut);
  }

  enqueue(slot: number, nowSeconds: number): void {
    this.setup.table.enqueueSeconds[slot] = nowSeconds + this.setup.latency.requestOverheadSeconds;
    this.setup.table.state[slot] = SlotState.Ingress;
    this.ingress.push(slot);
    if (!this.isBusy) this.idle();
  }

  abort(slot: number, nowSeconds: number): void {
    if (this.left().some((place) => place.slot === slot)) {
      this.setup.table.aborted[slot] = 1;
      return;
    }
    this.ingress = this.ingress.filter((other) => other !== slot);
    this.waiting = this.waiting.filter((other) => other !== slot);
    if (!this.isBusy) this.idle();
    this.setup.listener.released(slot, nowSeconds);
  }

  onEvent(): void {
    const now = this.nextSeconds;
    if (this.nextPriority === Priority.IterationStart) this.start(now);
    else this.endStep(now);
  }

  private start(now: number): void {
    const { table, listener, latency, engine } = this.setup;
    const isDue = (slot: number): boolean => (table.enqueueSeconds[slot] as number) <= now;
    this.waiting.push(...this.ingress.filter(isDue));
    this.ingress = this.ingress.filter((slot) => !isDue(slot));
    const isOverdue = this.waiting.some((slot) => now >= (table.enqueueSeconds[slot] as number) + this.batching.maxWaitSeconds);
    if (this.waiting.length < this.batching.size && !isOverdue) {
      if (this.isBusy) listener.busy(0, now, false);
      this.isBusy = false;
      this.idle();
      return;
    }
    if (!this.isBusy) listener.busy(0, now, true);
    this.isBusy = true;
    let taken: number[] = [];
    for (const slot of this.waiting.slice(0, this.batching.size)) {
      const more = [...taken, slot];
      if (taken.length > 0 && this.blocks(more) > engine.kvBlocks) break;
      taken = more;
    }
    this.waiting = this.waiting.slice(taken.length);
    this.batch = taken.map((slot) => ({ slot, emitted: 0, isOut: false }));
    this.prompt = Math.max(...taken.map((slot) => table.promptTokens[slot] as number));
    this.output = Math.max(...taken.map((slot) => table.outputTokens[slot] as number));
    for (const slot of taken) {
      table.admitSeconds[slot] = now;
      this.admitted++;
    }
    this.factor = factorAt(this.setup.warmUpFactors, this.admitted);
    this.tokens = 0;
    const step = createStepComposition(taken.length);
    for (const [i] of taken.entries()) {
      step.chunkTokens[i] = this.prompt;
      step.chunkPrompt[i] = this.prompt;
    }
    step.chunks = taken.length;
    step.promptTokens = taken.length * this.prompt;
    step.promptTokenContext = taken.length * (this.prompt * (this.prompt * 0.5));
    this.wake(now + latency.stepSeconds(step) * this.factor, Priority.IterationEnd);
  }

  private blocks(slots: readonly number[]): number {
    const { table, engine } = this.setup;
    const prompt = Math.max(...slots.map((slot) => table.promptTokens[slot] as number));
    const output = Math.max(...slots.map((slot) => table.outputTokens[slot] as number));
    return slots.length * Math.ceil((prompt + output) / engine.blockTokens);
  }

  private endStep(now: number): void {
    const { table, listener, latency } = this.setup;
    this.steps++;
    this.tokens++;
    const writing = this.left();
    if (this.tokens > 1 && this.batching.isStreamed) listener.gaps(0, now - this.previousEnd, 0, 1, writing.length);
    this.previousEnd = now;
    for (const place of writing) {
      place.emitted++;
      this.generationTokens++;
      if (this.tokens !== 1) continue;
      this.promptTokens += table.promptTokens[place.slot] as number;
      if (this.batching.isStreamed) this.first(place.slot, now);
    }
    for (const place of writing) {
      if (this.tokens !== (this.batching.isStreamed ? table.outputTokens[place.slot] : this.output)) continue;
      if (!this.batching.isStreamed) this.first(place.slot, now);
      place.isOut = true;
      table.emittedTokens[place.slot] = table.outputTokens[place.slot] as number;
      if (table.aborted[place.slot] === 1) listener.released(place.slot, now);
      else listener.completed(place.slot, now);
    }
    if (this.tokens === this.output) {
      this.batch = [];
      this.wake(now, Priority.IterationStart);
      return;
    }
    const places = this.batch.length;
    if (latency.perContextTokenSeconds === undefined) {
      const step = createStepComposition(1);
      step.decodeSequences = places;
      step.contextTokens = places * (this.prompt + this.tokens);
      this.wake(now + latency.stepSeconds(step) * this.factor, Priority.IterationEnd);
      return;
    }
    // the definition of time: boundaries of an unchanged batch are counted from its anchor, which moves where the latency model's line ends
    const context = places * (this.prompt + this.tokens);
    if (this.tokens === 1 || context >= this.line.endContextTokens) {
      fillDecodeLine(latency, places, context, this.line);
      this.anchor = now;
      this.anchorTokens = this.tokens;
      this.anchorContext = context;
    }
    const { baseSeconds, perContextTokenSeconds } = this.line;
    const first = (baseSeconds + perContextTokenSeconds * this.anchorContext) * this.factor;
    const growth = perContextTokenSeconds * places * this.factor;
    const n = this.tokens - this.anchorTokens + 1;
    this.wake(this.anchor + n * (first + growth * (n - 1) * 0.5), Priority.IterationEnd);
  }

  private first(slot: number, now: number): void {
    this.setup.table.firstTokenSeconds[slot] = now;
    if (this.setup.table.aborted[slot] === 0) this.setup.listener.firstToken(slot, now);
  }

  private idle(): void {
    const { table } = this.setup;
    const times = [
      ...this.ingress.map((slot) => table.enqueueSeconds[slot] as number),
      ...this.waiting.map((slot) => (table.enqueueSeconds[slot] as number) + this.batching.maxWaitSeconds),
    ];
    this.wake(Math.min(...times), Priority.IterationStart);
  }

  private wake(at: number, priority: number): void {
    this.nextSeconds = at;
    this.nextPriority = priority;
  }

  sample(now: number, into: ReplicaSample): void {
    const { table } = this.setup;
    into.running = this.left().length;
    into.waiting = this.waiting.length + this.ingress.filter((slot) => (table.enqueueSeconds[slot] as number) <= now).length;
    into.usedBlocks =
      this.batch.length === 0 ? 0 : this.batch.length * Math.ceil((this.prompt + this.output) / this.setup.engine.blockTokens);
    into.promptTokens = this.promptTokens;
    into.generationTokens = this.generationTokens;
  }

  stop(now: number, each: (slot: number) => void): void {
    const { table, listener } = this.setup;
    for (const { slot, emitted } of this.left()) {
      table.emittedTokens[slot] = Math.min(emitted, table.outputTokens[slot] as number);
      each(slot);
    }
    for (const slot of [...this.waiting, ...this.ingress]) each(slot);
    this.batch = [];
    this.waiting = [];
    this.ingress = [];
    if (this.isBusy) listener.busy(0, now, false);
    this.isBusy = false;
    this.idle();
  }

  flush(): void {}
}
