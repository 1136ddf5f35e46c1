/** What is on its way: an image to a node, or weights to a pod. */
export type FlowKind = "image" | "weights";

/** Bytes on their way over links with others. Plain data. */
export interface Flow {
  readonly kind: FlowKind;
  readonly deployment: number;
  /** Pod that waits for weights; of an image, the pod that asked first. */
  readonly pod: number;
  readonly node: number;
  readonly links: readonly string[];
  readonly capBytesPerSecond: number;
  /** It comes to the node over the network, not from a disk of its own. */
  readonly isOverNetwork: boolean;
  readonly bytes: number;
  /** Left at `sinceSeconds`, moved at `bytesPerSecond` since. */
  remainingBytes: number;
  sinceSeconds: number;
  bytesPerSecond: number;
  endSeconds: number;
}

export interface TransferState {
  flows: Flow[];
  /** Handle and time of the event at which the next flow ends, or a window that slows one begins or ends. */
  timer: number | null;
  timerSeconds: number;
}

export const emptyTransfers = (): TransferState => ({ flows: [], timer: null, timerSeconds: 0 });
