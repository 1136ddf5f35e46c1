/** A condition of the HPA's status. */
export type HpaCondition = {
  readonly type: "AbleToScale" | "ScalingActive" | "ScalingLimited" | "ScaledToZero";
  readonly status: boolean;
  /** CamelCase code, as the controller writes it. */
  readonly reason: string;
  /** When the status (not the reason) last changed. */
  readonly sinceSeconds: number;
};

/** An event on the HPA, as `kubectl describe` lists it. */
export interface HpaEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** `status` of the HPA. */
export type HpaStatus = {
  /** `spec.replicas` of the target before the last sync's rescale. */
  readonly currentReplicas: number;
  readonly desiredReplicas: number;
  readonly lastScaleSeconds?: number;
  readonly conditions: readonly HpaCondition[];
};

/** The status of an HPA that has just been created. */
export const EMPTY_STATUS: HpaStatus = { currentReplicas: 0, desiredReplicas: 0, conditions: [] };

/** Sets a condition; the time of its last transition stays unless the status changes. @see horizontal.go, setConditionInList */
export function setCondition(status: HpaStatus, nowSeconds: number, type: HpaCondition["type"], value: boolean, reason: string): HpaStatus {
  const index = status.conditions.findIndex((condition) => condition.type === type);
  const previous = status.conditions[index];
  const sinceSeconds = previous?.status === value ? previous.sinceSeconds : nowSeconds;
  const condition: HpaCondition = { type, status: value, reason, sinceSeconds };
  const conditions = index < 0 ? [...status.conditions, condition] : status.conditions.with(index, condition);
  return { ...status, conditions };
}

/** True when the HPA itself brought its target to zero: only then does it go on computing metrics at 0 replicas. */
export function scaledToZero(status: HpaStatus): boolean {
  return status.conditions.some(({ type, status: value }) => type === "ScaledToZero" && value);
}
