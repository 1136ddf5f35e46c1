import { Priority } from "../kernel/priorities.ts";
import { Batch } from "./batch.ts";
import { DecodeSeries } from "./decode-series.ts";
import { type Decoding, DecodingBatch } from "./decoding-batch.ts";
import { type GpuShare, tenantsAt } from "./gpu-sharing.ts";
import type { LatencyModel } from "./latency/model.ts";
import type { ReplicaListener, ReplicaSample, ReplicaSetup, ReplicaState } from "./replica.ts";
import { ReplicaColumns } from "./replica-columns.ts";
import { Part, type RequestTable, SlotState } from "./request-table.ts";
import { SpeculativeBatch } from "./speculative-batch.ts";
import { byArrival } from "./waiting-queue.ts";
import { factorAt } from "./warm-up.ts";

const Phase = {
  /** Nothing to compute; perhaps an attempt on its way in. */
  Idle: 0,
  /** Decode-only steps in closed form, up to `targetStep`. */
  Series: 1,
  /** One step with prompt chunks (or of a model that is not affine in its context). */
  Step: 2,
  /** Between two steps: what happens at this instant is seen by the next one. */
  Boundary: 3,
} as const;

/** What the replicas of one deployment have in common. */
export type EngineSetup = Omit<ReplicaSetup, "index" | "admittedBefore" | "gpuShare">;

/**
 * Continuous batching with vLLM's scheduling rules, fast-forwarded: between two changes of the batch no step is
 * simulated on its own, and nothing ever loops over the batch. Who joins a step is {@link Batch}'s business; this class
 * keeps time: when steps end, what ends with them, and who is told. One engine serves all replicas of a deployment; a row of its
 * columns is one of them.
 */
export class BatchingEngine {
  readonly columns: ReplicaColumns;
  readonly batch: Batch;
  private readonly table: RequestTable;
  private readonly latency: LatencyModel;
  private readonly listener: ReplicaListener;
  private readonly warmUpFactors: Float64Array;
  private readonly decoding: Decoding;
  private readonly series: DecodeSeries;
  /** By row: of replicas on time-sliced GPUs. */
  private readonly gpuShares = new Map<number, GpuShare>();
  /** Replica and time of the step that is ending. */
  private endingRow = 0;
  private endingSeconds = 0;

  constructor({ table, engine, latency, listener, warmUpFactors }: EngineSetup) {
    const { blockTokens } = engine;
    const columns = new ReplicaColumns(table, blockTokens);
    this.columns = columns;
    this.table = table;
    this.latency = latency;
    this.listener = listener;
    this.warmUpFactors = warmUpFactors;
    this.decoding =
      engine.speculative === undefined ? new DecodingBatch(table, columns, blockTokens) : new SpeculativeBatch(table, columns, blockTokens);
    this.series = new DecodeSeries(columns, this.decoding, listener);
    this.batch = new Batch(table, columns, engine, this.decoding, this.series);
  }

  enqueue(row: number, slot: number, nowSeconds: number): void {
    const { table, batch } = this;
    const { ingress, inFlight, phase, nextSeconds } = this.columns;
    const seconds = nowSeconds + this.latency.requestOverheadSeconds;
    table.enqueueSeconds[slot] = seconds;
    table.state[slot] = SlotState.Ingress;
    ingress.append(row, slot);
    inFlight[row] = (inFlight[row] as number) + 1;
    if ((ingress.count[row] as number) > 1) return;
    if (phase[row] === Phase.Idle) this.wakeAt(row, Math.min(seconds, nextSeconds[row] as number), Priority.IterationStart);
    else if (phase[row] === Phase.Series && batch.canAdmitArrival(row)) this.stopSeriesAt(row, this.series.firstStepFrom(row, seconds));
  }

  abort(row: number, slot: number, nowSeconds: number): void {
    const { table } = this;
    const { ingress, phase, abortedRunning, abortedReceived } = this.columns;
    const state = table.state[slot] as number;
    if (state === SlotState.Ingress) {
      const wasHead = ingress.head[row] === slot;
      ingress.remove(row, slot);
      this.letGo(row, slot, nowSeconds);
      if (wasHead && phase[row] === Phase.Idle && !this.batch.isBlocked(row)) this.goIdle(row, nowSeconds);
      return;
    }
    if (state === SlotState.Waiting) {
      this.batch.waiting.remove(row, slot);
      this.letGo(row, slot, nowSeconds);
      // blocks outside the batch may have left no room for it, but leave some for the next
      if (phase[row] === Phase.Idle && this.batch.waiting.countOf(row) > 0) this.wakeAt(row, nowSeconds, Priority.IterationStart);
    } else if (state === SlotState.Receiving) {
      table.aborted[slot] = 1; // its blocks are being written to until then
      return;
    } else if (state === SlotState.Received) {
      table.aborted[slot] = 1;
      abortedReceived[row] = (abortedReceived[row] as number) + 1;
    } else {
      table.aborted[slot] = 1;
      abortedRunning[row] = (abortedRunning[row] as number) + 1;
    }
    if (phase[row] === Phase.Series) this.stopSeriesAt(row, this.series.firstStepFrom(row, nowSeconds));
  }

  /** The blocks of a prompt that the replica holds are free from its next step on. */
  unhold(row: number, slot: number, nowSeconds: number): void {
    const { held, parting, phase } = this.columns;
    held.remove(row, slot);
    parting.append(row, slot);
    if (phase[row] === Phase.Idle) this.wakeAt(row, nowSeconds, Priority.IterationStart);
    else if (phase[row] === Phase.Series) this.stopSeriesAt(row, this.series.firstStepFrom(row, nowSeconds));
  }

  /** The step under way keeps its time, the next one begins a new series. */
  gpuShareChanged(row: number, nowSeconds: number): void {
    const { phase, isOpen, lineEndStep, step } = this.columns;
    if (isOpen[row] === 0) return;
    const done = phase[row] === Phase.Series ? this.series.lastStepTo(row, nowSeconds) : 0;
    const last = Math.max(done, step[row] as number) + 1;
    lineEndStep[row] = Math.min(lineEndStep[row] as number, last);
    if (phase[row] === Phase.Series) this.stopSeriesAt(row, last);
  }

  onEvent(row: number): void {
    const { nextSeconds, nextPriority, phase } = this.columns;
    const nowSeconds = nextSeconds[row] as number;
    if (nextPriority[row] !== Priority.IterationEnd) {
      this.startStep(row, nowSeconds);
      return;
    }
    const wasSeries = phase[row] === Phase.Series;
    phase[row] = Phase.Boundary;
    nextPriority[row] = Priority.IterationStart;
    if (wasSeries) this.endSeries(row, nowSeconds);
    else this.endStep(row, nowSeconds);
  }

  sample(row: number, nowSeconds: number, into: ReplicaSample): void {
    const { table, decoding, columns, batch } = this;
    const { ingress } = columns;
    const phase = columns.phase[row] as number;
    const ahead = this.stepsAhead(row, nowSeconds);
    let waiting = batch.waiting.countOf(row) + batch.handover.expectedBy(row);
    let slot = ingress.head[row] as number;
    for (; slot >= 0 && (table.enqueueSeconds[slot] as number) <= nowSeconds; slot = table.next[slot] as number) waiting++;
    // the step under way already holds the blocks of the tokens it computes
    let usedBlocks =
      decoding.usedBlocks(row, phase === Phase.Boundary ? 0 : ahead + 1) + (columns.pinned[row] as number) - batch.blocks.shared(row);
    if (phase === Phase.Step) usedBlocks += batch.unfinishedBlocks(row);
    into.running = columns.running.count[row] as number;
    into.waiting = waiting;
    into.usedBlocks = usedBlocks;
    into.promptTokens = columns.promptTokens[row] as number;
    into.generationTokens = (columns.promptGenerated[row] as number) + decoding.generated(row, ahead);
    into.preemptions = columns.preemptions[row] as number;
    into.prefixQueriedTokens = columns.queriedTokens[row] as number;
    into.prefixHitTokens = columns.hitTokens[row] as number;
    into.gapFirstSeconds = columns.firstSeconds[row] as number;
    into.gapGrowthSeconds = columns.growthSeconds[row] as number;
    into.gapSteps = columns.isOpen[row] === 0 ? 0 : (columns.step[row] as number) + ahead - (columns.anchorStep[row] as number);
    into.gapSequences = columns.sequences[row] as number;
  }

  stop(row: number, nowSeconds: number, each: (slot: number) => void): void {
    const { ingress, inFlight, abortedRunning } = this.columns;
    this.settle(row, this.stepsAhead(row, nowSeconds));
    const running: number[] = [];
    const others: number[] = [];
    this.batch.empty(row, running, others);
    for (let slot = ingress.head[row] as number; slot >= 0; slot = ingress.head[row] as number) {
      ingress.remove(row, slot);
      others.push(slot);
    }
    inFlight[row] = 0;
    abortedRunning[row] = 0;
    this.goIdle(row, nowSeconds);
    running.forEach(each);
    others.sort((a, b) => byArrival(this.table, a, b)).forEach(each);
  }

  flush(row: number, endSeconds: number): void {
    const { phase, step, targetStep } = this.columns;
    const done = step[row] as number;
    const ended = phase[row] === Phase.Series ? this.series.firstStepFrom(row, endSeconds) - 1 : done;
    this.settle(row, Math.min(ended, targetStep[row] as number) - done);
  }

  // ── a boundary: what has ended ────────────────────────────────────────────────────────────────────────────────

  private endSeries(row: number, nowSeconds: number): void {
    const { step, targetStep } = this.columns;
    this.decoding.advance(row, (targetStep[row] as number) - (step[row] as number));
    this.batch.blocks.settle(row);
    const slot = this.decoding.finished(row);
    if (slot < 0) return;
    this.series.close(row);
    this.completeDecoding(row, slot, nowSeconds);
  }

  private endStep(row: number, nowSeconds: number): void {
    const { decoding } = this;
    const { sequences, stepStartSeconds, stepEndSeconds, index } = this.columns;
    const decoders = sequences[row] as number;
    if (decoders > 0) {
      const gap = (stepEndSeconds[row] as number) - (stepStartSeconds[row] as number);
      this.listener.gaps(index[row] as number, gap, 0, 1, decoders);
    }
    decoding.advance(row, 1);
    this.completeDecoding(row, decoding.finished(row), nowSeconds);
    this.endingRow = row;
    this.endingSeconds = nowSeconds;
    this.batch.endChunks(row, this.promptDone);
  }

  /** Sequences whose last token came with this step leave, oldest admission first. */
  private completeDecoding(row: number, first: number, nowSeconds: number): void {
    for (let slot = first; slot >= 0; slot = this.decoding.finished(row)) this.leaveBatch(row, slot, nowSeconds);
  }

  /** The prompt's last chunk ends in a token. */
  private readonly promptDone = (slot: number): void => {
    const { table, columns, endingRow: row, endingSeconds: nowSeconds } = this;
    const { promptGenerated, promptTokens } = columns;
    const emitted = (table.emittedTokens[slot] as number) + 1;
    table.emittedTokens[slot] = emitted;
    promptGenerated[row] = (promptGenerated[row] as number) + 1;
    if (emitted === 1) {
      if (table.part[slot] === Part.Prompt) {
        this.endPrompt(row, slot, nowSeconds);
        return;
      }
      promptTokens[row] = (promptTokens[row] as number) + (table.promptTokens[slot] as number);
      table.firstTokenSeconds[slot] = nowSeconds;
      if (table.aborted[slot] === 0) this.listener.firstToken(slot, nowSeconds);
    } else {
      this.listener.gaps(columns.index[row] as number, nowSeconds - (table.lastTokenSeconds[slot] as number), 0, 1, 1);
    }
    if (emitted === (table.outputTokens[slot] as number)) {
      this.leaveBatch(row, slot, nowSeconds);
      return;
    }
    table.state[slot] = SlotState.Decoding;
    this.decoding.join(row, slot);
  };

  /** The answer is decoded elsewhere, from its first token on: the one that ends the prompt is thrown away. */
  private endPrompt(row: number, slot: number, nowSeconds: number): void {
    const { table } = this;
    const { promptTokens, inFlight } = this.columns;
    promptTokens[row] = (promptTokens[row] as number) + (table.promptTokens[slot] as number);
    table.emittedTokens[slot] = 0;
    if (table.aborted[slot] === 1) {
      this.leaveBatch(row, slot, nowSeconds);
      return;
    }
    this.batch.hold(row, slot);
    inFlight[row] = (inFlight[row] as number) - 1;
    this.listener.prefilled(slot, nowSeconds);
  }

  private leaveBatch(row: number, slot: number, nowSeconds: number): void {
    const { inFlight, abortedRunning } = this.columns;
    this.batch.leave(row, slot);
    inFlight[row] = (inFlight[row] as number) - 1;
    if (this.table.aborted[slot] === 1) {
      abortedRunning[row] = (abortedRunning[row] as number) - 1;
      this.listener.released(slot, nowSeconds);
    } else {
      this.listener.completed(slot, nowSeconds);
    }
  }

  // ── a boundary: what starts ───────────────────────────────────────────────────────────────────────────────────

  private startStep(row: number, nowSeconds: number): void {
    const { batch, columns } = this;
    if ((columns.abortedRunning[row] as number) > 0) this.dropAborted(row, nowSeconds);
    if (columns.pinned[row] !== 0) this.settleHandover(row, nowSeconds);
    if ((columns.ingress.count[row] as number) > 0) this.takeIngress(row, nowSeconds);
    if (batch.isEmpty(row)) {
      this.goIdle(row, nowSeconds);
      return;
    }
    batch.compose(row, nowSeconds);
    if (batch.isStuck(row)) {
      this.goIdle(row, nowSeconds);
      return;
    }
    if (columns.phase[row] === Phase.Idle) this.listener.busy(columns.index[row] as number, nowSeconds, true);
    if (batch.chunks.count > 0 || this.latency.perContextTokenSeconds === undefined) this.startMixedStep(row, nowSeconds);
    else this.startSeries(row, nowSeconds);
  }

  /** What other replicas have read is free, what they have sent is here. */
  private settleHandover(row: number, nowSeconds: number): void {
    const { batch, table } = this;
    const { handover } = batch;
    const { receiving, received, abortedReceived } = this.columns;
    for (let slot = batch.freeParting(row); slot >= 0; slot = batch.freeParting(row)) this.listener.released(slot, nowSeconds);
    while (handover.nextSeconds(row) <= nowSeconds) {
      const slot = receiving.head[row] as number;
      batch.takeReceived(row, slot);
      this.listener.received(slot, nowSeconds);
      if (table.aborted[slot] === 1) this.letGo(row, slot, nowSeconds);
    }
    let slot = (abortedReceived[row] as number) > 0 ? (received.head[row] as number) : -1;
    while (slot >= 0) {
      const next = table.next[slot] as number;
      if (table.aborted[slot] === 1) {
        batch.dropReceived(row, slot);
        abortedReceived[row] = (abortedReceived[row] as number) - 1;
        this.letGo(row, slot, nowSeconds);
      }
      slot = next;
    }
  }

  private takeIngress(row: number, nowSeconds: number): void {
    const { table, batch } = this;
    const { ingress } = this.columns;
    let slot = ingress.head[row] as number;
    while (slot >= 0 && (table.enqueueSeconds[slot] as number) <= nowSeconds) {
      ingress.remove(row, slot);
      batch.wait(row, slot);
      slot = ingress.head[row] as number;
    }
  }

  private dropAborted(row: number, nowSeconds: number): void {
    const { table } = this;
    const { running, abortedRunning } = this.columns;
    this.series.close(row);
    let slot = running.head[row] as number;
    while (slot >= 0 && (abortedRunning[row] as number) > 0) {
      const next = table.next[slot] as number;
      if (table.aborted[slot] === 1) this.leaveBatch(row, slot, nowSeconds);
      slot = next;
    }
  }

  private startMixedStep(row: number, nowSeconds: number): void {
    const { columns, decoding, latency } = this;
    const { composition } = this.batch.chunks;
    this.series.close(row);
    composition.decodeSequences = columns.sequences[row] as number;
    composition.contextTokens = decoding.contextTokens(row);
    const endSeconds = nowSeconds + latency.stepSeconds(composition) * this.factorOf(row, nowSeconds);
    columns.phase[row] = Phase.Step;
    columns.stepStartSeconds[row] = nowSeconds;
    columns.stepEndSeconds[row] = endSeconds;
    this.wakeAt(row, endSeconds, Priority.IterationEnd);
  }

  private startSeries(row: number, nowSeconds: number): void {
    const { series, batch, columns } = this;
    const step = columns.step[row] as number;
    if (step >= (columns.lineEndStep[row] as number)) series.close(row);
    if (columns.isOpen[row] === 0) {
      series.open(row, nowSeconds, this.latency, this.factorOf(row, nowSeconds));
      if (this.isShareChanging(row, nowSeconds)) columns.lineEndStep[row] = step + 1;
    }
    const steps = batch.wasPreempted ? 1 : this.decoding.stepsToChange(row, batch.blocks.capacity(row));
    const target = Math.min(columns.lineEndStep[row] as number, step + steps);
    columns.phase[row] = Phase.Series;
    columns.targetStep[row] = target;
    this.wakeAt(row, series.endOf(row, target), Priority.IterationEnd);
    const arriving = columns.ingress.head[row] as number;
    if (arriving >= 0 && batch.canAdmitArrival(row))
      this.stopSeriesAt(row, series.firstStepFrom(row, this.table.enqueueSeconds[arriving] as number));
    const receivedSeconds = batch.handover.nextSeconds(row);
    if (receivedSeconds !== Number.POSITIVE_INFINITY) this.stopSeriesAt(row, series.firstStepFrom(row, receivedSeconds));
  }

  // ── parts ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** On the time of a step that begins now. */
  private factorOf(row: number, nowSeconds: number): number {
    const factor = factorAt(this.warmUpFactors, this.columns.admitted[row] as number);
    return this.gpuShares.size === 0 ? factor : factor * tenantsAt(this.gpuShares.get(row), nowSeconds);
  }

  /** The steps after the one that begins now may take another time. */
  private isShareChanging(row: number, nowSeconds: number): boolean {
    return this.gpuShares.size > 0 && this.gpuShares.get(row)?.changedSeconds === nowSeconds;
  }

  private letGo(row: number, slot: number, nowSeconds: number): void {
    const { inFlight } = this.columns;
    inFlight[row] = (inFlight[row] as number) - 1;
    this.listener.released(slot, nowSeconds);
  }

  /** Counts steps of the series that have ended and reports their gaps; what is under way is forgotten. */
  private settle(row: number, steps: number): void {
    if (steps > 0) this.decoding.advance(row, steps);
    this.series.close(row);
  }

  private stepsAhead(row: number, nowSeconds: number): number {
    const { phase, step, targetStep } = this.columns;
    if (phase[row] !== Phase.Series) return 0;
    return Math.min(this.series.lastStepTo(row, nowSeconds), targetStep[row] as number) - (step[row] as number);
  }

  /** Lets the series end with a step of the counter, or with the next one when that is past. */
  private stopSeriesAt(row: number, wanted: number): void {
    const { step, targetStep } = this.columns;
    const end = Math.max(wanted, (step[row] as number) + 1);
    if (end >= (targetStep[row] as number)) return;
    targetStep[row] = end;
    this.wakeAt(row, this.series.endOf(row, end), Priority.IterationEnd);
  }

  private goIdle(row: number, nowSeconds: number): void {
    const { phase, ingress, index } = this.columns;
    if (phase[row] !== Phase.Idle) this.listener.busy(index[row] as number, nowSeconds, false);
    phase[row] = Phase.Idle;
    const arriving = ingress.head[row] as number;
    const arrivalSeconds = arriving < 0 ? Number.POSITIVE_INFINITY : (this.table.enqueueSeconds[arriving] as number);
    this.wakeAt(row, Math.min(arrivalSeconds, this.batch.handover.nextSeconds(row)), Priority.IterationStart);
  }

  private wakeAt(row: number, timeSeconds: number, priority: number): void {
    this.columns.nextSeconds[row] = timeSeconds;
    this.columns.nextPriority[row] = priority;
  }

  // ── rows ──────────────────────────────────────────────────────────────────────────────────────────────────────

  /** @param admittedBefore requests the replica had admitted before it was handed over */
  take(index: number, admittedBefore: number, gpuShare?: GpuShare): number {
    const row = this.columns.take(index);
    if (gpuShare !== undefined) this.gpuShares.set(row, gpuShare);
    this.columns.admitted[row] = admittedBefore;
    this.columns.nextPriority[row] = Priority.IterationStart;
    return row;
  }

  release(row: number): void {
    this.batch.forget(row);
    this.gpuShares.delete(row);
    this.columns.release(row);
  }

  save(row: number): ReplicaState {
    return { record: this.columns.save(row), waiting: this.batch.waiting.save(row), cache: this.batch.blocks.save(row) };
  }

  restore(row: number, state: ReplicaState): void {
    this.columns.restore(row, state.record);
    this.batch.waiting.restore(row, state.waiting);
    this.batch.blocks.restore(row, state.cache);
  }
}
