import type { RequestFate } from "./request.ts";

/** Stages of a pod's life. @see Kubernetes pod phases: up to Pulling it is Pending, from Loading on Running */
export type PodStage = "Unschedulable" | "Scheduled" | "Pulling" | "Loading" | "WarmingUp" | "Ready" | "Interrupted" | "Draining" | "Gone";

export type NodeStage = "Requested" | "Provisioning" | "Joined" | "Allocatable" | "Draining" | "Gone";

/** Why a pod is gone. */
export type PodEndCause = "deleted" | "failed" | "evicted";

/**
 * What a pod does from its creation until requests can reach it; each part lasts until the next begins. node: waits for a node;
 * bind; pull, unpack: the image; container: process start, imports; download, load: weights; compile; capture: graphs; warmUp: the
 * rest; probe: up, until a probe has found it so; backOff: ended, and in CrashLoopBackOff; restart: the container is made anew;
 * endpoints: Ready, until the gateway knows; routable: the end.
 */
export type StartPart =
  | "node"
  | "bind"
  | "pull"
  | "unpack"
  | "container"
  | "download"
  | "load"
  | "compile"
  | "capture"
  | "warmUp"
  | "probe"
  | "backOff"
  | "restart"
  | "endpoints"
  | "routable";

/** A state change, told to observers. The simulation never reads facts back. Times: seconds since the start of the run. */
export type Fact =
  | {
      readonly kind: "pod-stage";
      readonly timeSeconds: number;
      readonly pod: string;
      readonly deployment: string;
      readonly stage: PodStage;
      readonly node?: string;
      readonly cause?: PodEndCause;
    }
  /** A start is over: the pod can be reached, or it is gone, or the run is over. */
  | {
      readonly kind: "pod-start";
      readonly timeSeconds: number;
      readonly pod: string;
      readonly deployment: string;
      readonly parts: readonly (readonly [beginSeconds: number, part: StartPart])[];
      /** Of a container that had served, has ended, and starts again in place. */
      readonly isRestart?: true;
    }
  | { readonly kind: "node-stage"; readonly timeSeconds: number; readonly node: string; readonly pool: string; readonly stage: NodeStage }
  | {
      readonly kind: "request-arrived";
      readonly timeSeconds: number;
      readonly requestId: number;
      /** Empty: the request names a model that nobody serves. */
      readonly deployment: string;
      readonly promptTokens: number;
      readonly outputTokens: number;
    }
  | {
      readonly kind: "request-ended";
      readonly timeSeconds: number;
      readonly requestId: number;
      /** Empty: the request names a model that nobody serves. */
      readonly deployment: string;
      readonly fate: RequestFate;
      readonly attempts: number;
      readonly arrivalSeconds: number;
      readonly promptTokens: number;
      readonly outputTokens: number;
      /** Present when the request completed. */
      readonly ttftSeconds?: number;
      readonly e2eSeconds?: number;
    }
  | {
      readonly kind: "scaled";
      readonly timeSeconds: number;
      readonly deployment: string;
      readonly fromReplicas: number;
      readonly toReplicas: number;
      readonly reason: string;
    };

/** Looks, does not touch. */
export type Observer = (fact: Fact) => void;
