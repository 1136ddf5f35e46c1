import type { Observer } from "../domain/facts.ts";
import type { RequestFate, RequestOrigin, RequestRecord } from "../domain/request.ts";
import type { DeploymentRecord, EndedRequest, Recorder } from "../record/recorder.ts";
import { Hindered } from "../serving/hindered.ts";
import type { Service, ServiceListener } from "../serving/service.ts";
import type { Hindrances } from "./hindrances.ts";
import type { PodMeters } from "./pod-meters.ts";

export interface RequestJournalOptions {
  readonly recorder: Recorder;
  readonly meters: PodMeters;
  readonly hindrances: Hindrances;
  readonly observers: readonly Observer[];
  /** Names of the deployments, by index. */
  readonly deployments: readonly string[];
  /** Work of a request in units of the mix's mean. */
  readonly workOf: (deployment: number, promptTokens: number, outputTokens: number) => number;
  /** Whether the answer that a request has does; undefined: nobody judges it. */
  readonly isAdequate: (slot: number) => boolean | undefined;
  readonly drained: (replica: number, timeSeconds: number) => void;
  /** Tells whoever sent a request of its end. */
  readonly ended: (stream: number, client: number, fate: RequestFate, timeSeconds: number) => void;
}

/** Writes what happens to requests where it is read later: the record, the pods' meters, the observers. */
export class RequestJournal implements ServiceListener {
  private readonly recorder: Recorder;
  private readonly meters: PodMeters;
  private readonly options: RequestJournalOptions;
  private readonly isObserved: boolean;
  /** Handed to the recorder again and again. */
  private readonly request: EndedRequest = {
    fate: "completed",
    deployment: 0,
    arrivalSeconds: 0,
    endSeconds: 0,
    ttftSeconds: 0,
    e2eSeconds: 0,
    queueSeconds: 0,
    promptTokens: 0,
    outputTokens: 0,
  };
  /** Whose requests these are; set once, right after the service was made with this journal. */
  private service!: Service; // set by attach before any request exists

  constructor(options: RequestJournalOptions) {
    this.options = options;
    this.recorder = options.recorder;
    this.meters = options.meters;
    this.isObserved = options.observers.length > 0;
  }

  attach(service: Service): void {
    this.service = service;
  }

  arrived(deployment: number, slot: number, timeSeconds: number): void {
    const { table } = this.service;
    const promptTokens = table.promptTokens[slot] as number;
    const outputTokens = table.outputTokens[slot] as number;
    this.recorder.arrived(deployment, timeSeconds, promptTokens, this.options.workOf(deployment, promptTokens, outputTokens));
    if (this.isObserved) this.tellArrived(deployment, slot, timeSeconds);
  }

  /** A request that names a model which nobody serves is rejected at the door; no deployment hears of it. */
  turnedAway(requestId: number, record: Readonly<RequestRecord>, { stream, client }: Readonly<RequestOrigin>): void {
    const { arrivalSeconds, promptTokens, outputTokens } = record;
    this.recorder.turnedAway(arrivalSeconds, promptTokens, outputTokens);
    const common = { timeSeconds: arrivalSeconds, requestId, deployment: "", promptTokens, outputTokens };
    for (const observe of this.options.observers) {
      observe({ kind: "request-arrived", ...common });
      observe({ kind: "request-ended", ...common, fate: "rejected", attempts: 1, arrivalSeconds });
    }
    this.options.ended(stream, client, "rejected", arrivalSeconds);
  }

  offered(deployment: number, slot: number, timeSeconds: number): void {
    const { table } = this.service;
    const work = this.options.workOf(deployment, table.promptTokens[slot] as number, table.outputTokens[slot] as number);
    this.recorder.offered(deployment, timeSeconds, work);
  }

  prefilled(replica: number, slot: number, timeSeconds: number): void {
    const { meters } = this;
    if (!meters.countsRequests) return;
    const { table } = this.service;
    const atServer = this.service.serverArrivalSeconds(slot);
    const queued = (table.admitSeconds[slot] as number) - (table.enqueueSeconds[slot] as number);
    meters.firstToken(replica, timeSeconds - atServer);
    meters.completed(replica, timeSeconds - atServer, Math.max(0, queued));
  }

  attempted(): void {
    this.recorder.arrivedAttempts++;
  }

  attemptEnded(_deployment: number, fate: RequestFate): void {
    this.recorder.attemptEnded(fate);
  }

  wasted(_deployment: number, tokens: number): void {
    this.recorder.wastedTokens += tokens;
  }

  firstToken(replica: number, slot: number, timeSeconds: number): void {
    if (this.meters.withHistograms) this.meters.firstToken(replica, timeSeconds - this.service.serverArrivalSeconds(slot));
  }

  gaps(_deployment: number, replica: number, first: number, growth: number, steps: number, sequences: number): void {
    this.recorder.gaps(first, growth, steps, sequences);
    if (this.meters.withHistograms) this.meters.gaps(replica, first, growth, steps, sequences);
  }

  busy(replica: number, timeSeconds: number, isBusy: boolean): void {
    this.meters.busy(replica, timeSeconds, isBusy);
  }

  drained(replica: number, timeSeconds: number): void {
    this.options.drained(replica, timeSeconds);
  }

  escalated(deployment: number, slot: number, timeSeconds: number): void {
    const { table } = this.service;
    const from = table.deployment[slot] as number;
    const outputTokens = table.outputTokens[slot] as number;
    if (this.meters.countsRequests) this.meterCompletion(from, slot, timeSeconds);
    table.hindered[slot] = (table.hindered[slot] as number) | Hindered.Escalated;
    this.recorder.wastedTokens += outputTokens;
    this.recorder.quality.escalated(from, deployment);
    this.recorder.offered(deployment, timeSeconds, this.options.workOf(deployment, table.promptTokens[slot] as number, outputTokens));
  }

  ended(deployment: number, slot: number, fate: RequestFate, timeSeconds: number): void {
    if (fate === "completed") this.recorder.quality.judged(deployment, this.options.isAdequate(slot));
    if (fate === "completed" && this.meters.countsRequests) this.meterCompletion(deployment, slot, timeSeconds);
    this.record(deployment, slot, fate, timeSeconds);
    if (this.isObserved) this.tellEnded(deployment, slot, fate, timeSeconds);
    const { stream, client } = this.service.table;
    this.options.ended(stream[slot] as number, client[slot] as number, fate, timeSeconds);
  }

  /** Puts an end on record; at the end of the run also of requests that have none yet. */
  record(deployment: number, slot: number, fate: RequestFate, timeSeconds: number): void {
    const { table } = this.service;
    const { request } = this;
    const arrivalSeconds = table.arrivalSeconds[slot] as number;
    const waited = (table.admitSeconds[slot] as number) - (table.waitStartSeconds[slot] as number);
    request.fate = fate;
    request.deployment = deployment;
    request.arrivalSeconds = arrivalSeconds;
    request.endSeconds = timeSeconds;
    request.ttftSeconds = (table.firstTokenSeconds[slot] as number) - arrivalSeconds;
    request.e2eSeconds = timeSeconds - arrivalSeconds;
    request.queueSeconds = Math.max(0, waited - this.service.overheadSeconds(deployment));
    request.promptTokens = table.promptTokens[slot] as number;
    request.outputTokens = table.outputTokens[slot] as number;
    const untilSeconds = this.recorder.ended(request);
    if (untilSeconds < 0) return;
    const { violatedSpans } = this.recorder.deployments[deployment] as DeploymentRecord; // it counted for the deployment
    violatedSpans.add(arrivalSeconds, untilSeconds, this.options.hindrances.of(table, slot));
  }

  private meterCompletion(deployment: number, slot: number, timeSeconds: number): void {
    const { table } = this.service;
    const atServer = this.service.serverArrivalSeconds(slot);
    const queued = (table.admitSeconds[slot] as number) - atServer - this.service.overheadSeconds(deployment);
    this.meters.completed(table.replica[slot] as number, timeSeconds - atServer, Math.max(0, queued));
  }

  private tellArrived(deployment: number, slot: number, timeSeconds: number): void {
    const { table } = this.service;
    const requestId = table.requestId[slot] as number;
    const promptTokens = table.promptTokens[slot] as number;
    const outputTokens = table.outputTokens[slot] as number;
    for (const observe of this.options.observers) {
      observe({ kind: "request-arrived", timeSeconds, requestId, deployment: this.nameOf(deployment), promptTokens, outputTokens });
    }
  }

  private tellEnded(deployment: number, slot: number, fate: RequestFate, timeSeconds: number): void {
    const { table } = this.service;
    const arrivalSeconds = table.arrivalSeconds[slot] as number;
    const firstTokenSeconds = table.firstTokenSeconds[slot] as number;
    const times = fate === "completed" ? { ttftSeconds: firstTokenSeconds - arrivalSeconds, e2eSeconds: timeSeconds - arrivalSeconds } : {};
    for (const observe of this.options.observers) {
      observe({
        kind: "request-ended",
        timeSeconds,
        requestId: table.requestId[slot] as number,
        deployment: this.nameOf(deployment),
        fate,
        attempts: (table.attempt[slot] as number) + 1,
        arrivalSeconds,
        promptTokens: table.promptTokens[slot] as number,
        outputTokens: table.outputTokens[slot] as number,
        ...times,
      });
    }
  }

  private nameOf(deployment: number): string {
    return this.options.deployments[deployment] as string;
  }
}
