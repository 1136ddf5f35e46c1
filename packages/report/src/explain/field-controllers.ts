import { formatCount, formatNumber, formatSeconds } from "../format.ts";
import { type Fields, numberIn, type Told, textIn } from "./fields.ts";

/** Why, in one line, and from what was measured to what was wanted. */
export interface FieldText {
  readonly because: string;
  readonly sentences: readonly string[];
}

interface Teller {
  readonly recognises: (evidence: Fields) => boolean;
  readonly measured: (told: Told) => string;
  /** What each reason of the controller stands for. */
  readonly reasons: Readonly<Record<string, string>>;
}

const has = (evidence: Fields, ...keys: readonly string[]): boolean => keys.every((key) => evidence[key] !== undefined);

/** Controllers of other systems, told in their own terms; undefined for all others. */
export function fieldControllerText(told: Told): FieldText | undefined {
  const { evidence, reason } = told.decision;
  const teller = TELLERS.find(({ recognises }) => recognises(evidence));
  if (teller === undefined) return undefined;
  const measured = teller.measured(told);
  const meaning = teller.reasons[reason];
  return {
    because: meaning === undefined ? measured : `${measured}; ${meaning}`,
    sentences: [`${capitalised(measured)}.`, ...(meaning === undefined ? [] : [`${capitalised(meaning)}.`])],
  };
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const LIMITS: Readonly<Record<string, string>> = {
  MinReplicas: "the least is asked for",
  MaxReplicas: "the most is asked for",
};

const WINDOWS: Teller["reasons"] = {
  ...LIMITS,
  StableMode: "the stable window decides",
  PanicMode: "in panic, the larger of the two decides",
  PanicHoldsPods: "in panic the count does not fall",
  MaxScaleUpRate: "more than that factor of the ready pods is never asked for at once",
  MaxScaleDownRate: "no more than that share of the ready pods goes at once",
  ScaleDownDelay: "a larger wish within the scale-down delay still holds",
  ActivationScale: "any load at all asks for the activation scale",
  InitialScale: "the initial scale comes first",
  MinScale: "min-scale is the least",
  MaxScale: "max-scale is the most",
  ScaleToZeroWaitsForStableWindow: "the last pod stays until it has been active for a stable window",
  ScaleToZeroGracePeriod: "the last pod stays for the grace period",
  NoTraffic: "nobody asks, so the last pod goes",
  ActivationTimedOut: "no pod became ready in time, so it is given up",
  ScaleUpCooldown: "the last change is too recent for a step up",
  ScaleDownCooldown: "the last change is too recent for a step down",
};

const TELLERS: readonly Teller[] = [
  { recognises: (evidence) => has(evidence, "stablePods", "panicPods", "targetPerPod"), measured: windows, reasons: WINDOWS },
  {
    recognises: (evidence) => has(evidence, "valuePerPod", "targetPerPod"),
    measured: ({ decision: { evidence } }) =>
      `${textIn(evidence, "metric") ?? "the metric"} is ${number(evidence, "valuePerPod")} per pod against ${number(evidence, "targetPerPod")}`,
    reasons: {
      ...WINDOWS,
      WithinTolerance: "that is within the tolerance",
      AdaptivePodAutoscaler: "the count is multiplied by as much, within its limits",
    },
  },
  {
    recognises: (evidence) => has(evidence, "ongoingRequests", "targetOngoingRequests"),
    measured: rayServe,
    reasons: {
      ...LIMITS,
      TargetOngoingRequestsMet: "that is what is asked for already",
      UpscaleDelay: "more must have been wanted for the whole delay",
      DownscaleDelay: "fewer must have been wanted for the whole delay",
      Upscale: "the delay is over",
      Downscale: "the delay is over",
    },
  },
  {
    recognises: (evidence) => has(evidence, "avgSpareKv", "avgSpareQueue"),
    measured: ({ decision: { evidence } }) =>
      `${formatCount(numberIn(evidence, "unsaturated") ?? 0, "replica")} not saturated, with ${percent(evidence, "avgSpareKv")} of KV cache and ${number(evidence, "avgSpareQueue")} places in the queue to spare; ${percent(evidence, "kvSpareTrigger")} and ${number(evidence, "queueSpareTrigger")} are wanted`,
    reasons: {
      ...LIMITS,
      SpareCapacityLow: "one replica is added",
      SpareCapacityHigh: "the others can take over from one replica",
      SpareCapacityKept: "nothing moves",
      InTransition: "nothing moves until every replica that was asked for shows its metrics",
      ScaleToZero: "nobody has asked for the whole retention period",
    },
  },
  {
    recognises: (evidence) => has(evidence, "requestsPerSecond", "batchSize"),
    measured: ({ decision: { evidence } }) =>
      `${number(evidence, "requestsPerSecond")} requests per second, of ${number(evidence, "avgInputTokens")} and ${number(evidence, "avgOutputTokens")} tokens`,
    reasons: {
      ...LIMITS,
      QueueingModel: "replicas are that rate ÷ what the queueing model lets one carry",
      TargetsOutOfReach: "at no rate are the targets met, so the count stays",
    },
  },
  {
    recognises: (evidence) => has(evidence, "predictedPerSecond", "engineRps"),
    measured: ({ decision: { evidence } }) =>
      `${number(evidence, "predictedPerSecond")} requests per second predicted, ${number(evidence, "engineRps")} for each engine: ${formatCount(numberIn(evidence, "neededReplicas") ?? 0, "replica")}`,
    reasons: {
      GpuBudget: "the GPU budget is the most",
      MaxReplicaChange: "no more than that is changed at once",
    },
  },
  {
    recognises: (evidence) => has(evidence, "engines", "lowerLimit"),
    measured: ({ decision: { evidence } }) =>
      `${formatCount(numberIn(evidence, "engines") ?? 0, "engine")} report${has(evidence, "largestLoad") ? `, the fullest at ${number(evidence, "largestLoad")}` : ""}`,
    reasons: {
      EngineTooFull: "one replica is added",
      EnginesIdle: "the others can take over from one replica",
      LoadInBounds: "nothing moves",
      ReplicasStarting: "nothing moves while a replica starts",
      ReplicasLeaving: "nothing moves until the others are gone",
      LowerLimit: "the predicted rate needs as many",
      PredictedThroughput: "the predicted rate needs more",
      GpuBudget: "the GPU budget is the most",
    },
  },
];

/** Knative's and AIBrix' KPA. */
function windows({ decision: { evidence } }: Told): string {
  const metric = textIn(evidence, "metric") ?? "the metric";
  const ready = formatCount(numberIn(evidence, "readyPods") ?? 0, "pod");
  return `${metric} averages ${number(evidence, "stableAverage")} over the stable and ${number(evidence, "panicAverage")} over the panic window, at ${number(evidence, "targetPerPod")} a pod: ${number(evidence, "stablePods")} and ${number(evidence, "panicPods")} pods, with ${ready} ready`;
}

function rayServe({ decision: { evidence } }: Told): string {
  const waited = numberIn(evidence, "waitedSeconds");
  const delay =
    waited === undefined ? "" : `, for ${formatSeconds(waited)} of ${formatSeconds(numberIn(evidence, "delaySeconds") ?? null)}`;
  const wanted = formatCount(numberIn(evidence, "wantedReplicas") ?? 0, "replica");
  return `${number(evidence, "ongoingRequests")} ongoing requests at ${number(evidence, "targetOngoingRequests")} a replica ask for ${wanted}${delay}`;
}

function number(evidence: Fields, key: string): string {
  return formatNumber(numberIn(evidence, key) ?? null);
}

function percent(evidence: Fields, key: string): string {
  const share = numberIn(evidence, key);
  return share === undefined ? formatNumber(null) : `${formatNumber(100 * share)} %`;
}
