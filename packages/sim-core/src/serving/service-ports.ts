import type { RequestFate } from "../domain/request.ts";
import type { GatewayTimer } from "./dispatcher.ts";

/** What clients wait for; and a prefill replica whose KV blocks nobody has asked for. */
export type ClientTimer = "timeout" | "patience" | "queue-timeout" | "retry" | "kv-lease";
export const CLIENT_TIMERS: readonly ClientTimer[] = ["timeout", "patience", "queue-timeout", "retry", "kv-lease"];

/** Time and chance, as the service gets them from outside. */
export interface ServicePort {
  /** @param subject the request's slot, for a gateway's timer the deployment */
  schedule(atSeconds: number, timer: ClientTimer | GatewayTimer, subject: number): number;
  /** Schedules the "timeout" of a slot: they come in the order in which they fall, but for deployments that differ and answers decoded elsewhere. */
  scheduleTimeout(atSeconds: number, slot: number): number;
  cancel(handle: number): void;
  /** In [0, 1), from the request's own stream. */
  retryJitter(requestId: number, attempt: number): number;
  /** In [0, 1), from the request's own stream: how well its drafts are accepted. */
  acceptance(requestId: number): number;
  /** Deployment that is to answer a request again whose answer is complete and does not do; −1: it does. Absent: every answer does. */
  escalation?(slot: number): number;
  /** In [0, 1), from the stream of the deployment's routing. */
  routing(deployment: number): number;
  /** A number for the GPU that a replica shares with others by time slicing; −1 or absent: it shares with nobody. */
  gpuOf?(replica: number): number;
}

/** What the service tells its surroundings. */
export interface ServiceListener {
  /** A first attempt arrived. */
  arrived(deployment: number, slot: number, timeSeconds: number): void;
  /** Of a first attempt, the prompt is another deployment's work. */
  offered(deployment: number, slot: number, timeSeconds: number): void;
  /** A replica has computed the prompt of an attempt that another one decodes; the slot is still that of the attempt. */
  prefilled(replica: number, slot: number, timeSeconds: number): void;
  /** Any attempt arrived. */
  attempted(deployment: number): void;
  /** An attempt ended, as far as the client knows. */
  attemptEnded(deployment: number, fate: RequestFate): void;
  /** Tokens were generated for an attempt that did not complete. */
  wasted(deployment: number, tokens: number): void;
  /** The answer of an attempt does not do; the request, still its deployment's, goes to another one. */
  escalated(deployment: number, slot: number, timeSeconds: number): void;
  /** A request ended for good; its slot is still readable. */
  ended(deployment: number, slot: number, fate: RequestFate, timeSeconds: number): void;
  firstToken(replica: number, slot: number, timeSeconds: number): void;
  gaps(deployment: number, replica: number, firstSeconds: number, growthSeconds: number, steps: number, sequences: number): void;
  busy(replica: number, timeSeconds: number, isBusy: boolean): void;
  /** A replica that was told to drain has nothing left. */
  drained(replica: number, timeSeconds: number): void;
}
