import { exp, type LatencyConfig } from "@replicast/sim-core";

/** Forms whose coefficients can be fitted. */
export type FittedLatency = Extract<LatencyConfig, { readonly kind: "linear" | "roofline" }>;

/** What the measurements are. Steps say nothing about what a request spends outside them. */
export interface Evidence {
  readonly hasRequests: boolean;
}

/** A fit as a point: logarithms of factors on the coefficients of a start, so that all stay positive and have one scale. */
export interface Coefficients {
  /** Names, one per axis. */
  readonly names: readonly string[];
  at(point: readonly number[]): FittedLatency;
}

const LINEAR_AXES = [
  ["stepSeconds"],
  ["perPromptTokenSeconds"],
  ["perDecodeSequenceSeconds"],
  ["perContextTokenSeconds"],
  ["requestOverheadSeconds"],
] as const;

/** Shared and expert weights are read at one bandwidth: one factor for both. */
const ROOFLINE_AXES = [
  ["stepOverheadSeconds"],
  ["perTokenComputeSeconds"],
  ["weightReadSeconds", "expertReadSeconds"],
  ["perDecodeSequenceSeconds"],
  ["perContextTokenSeconds"],
  ["requestOverheadSeconds"],
] as const;

/**
 * The axes along which a start is fitted. Prompt attention (`perPromptTokenContextSeconds`) stays as estimated: with prompts of
 * similar length it cannot be told from the time per prompt token. What is 0 at the start stays 0.
 */
export function coefficientsOf(start: FittedLatency, { hasRequests }: Evidence): Coefficients {
  const all: readonly (readonly string[])[] = start.kind === "linear" ? LINEAR_AXES : ROOFLINE_AXES;
  const values = start as unknown as Readonly<Record<string, number>>;
  const axes = all.filter((axis) => axis.some((name) => (values[name] ?? 0) > 0) && (hasRequests || axis[0] !== "requestOverheadSeconds"));
  return {
    names: axes.map(([name]) => name as string),
    at: (point) => {
      const scaled = axes.flatMap((axis, i) => axis.map((name) => [name, (values[name] ?? 0) * exp(point[i] as number)] as const));
      return { ...start, ...Object.fromEntries(scaled) };
    },
  };
}

/** A start for the linear form: what the roofline says of a step that reads all weights and computes little. */
export function linearStart(roofline: Extract<LatencyConfig, { readonly kind: "roofline" }>): FittedLatency {
  return {
    kind: "linear",
    stepSeconds: roofline.stepOverheadSeconds + roofline.weightReadSeconds + roofline.expertReadSeconds,
    perPromptTokenSeconds: roofline.perTokenComputeSeconds,
    perDecodeSequenceSeconds: roofline.perDecodeSequenceSeconds,
    perContextTokenSeconds: roofline.perContextTokenSeconds,
    perPromptTokenContextSeconds: roofline.perPromptTokenContextSeconds,
    requestOverheadSeconds: roofline.requestOverheadSeconds,
  };
}

/** Factor of each fitted coefficient on its start, for the reader: far from 1 means that the estimate did not hold. */
export function factorsOn(start: FittedLatency, fitted: FittedLatency): Readonly<Record<string, number>> {
  const before = start as unknown as Readonly<Record<string, number>>;
  return Object.fromEntries(
    Object.entries(fitted)
      .filter(([name, value]) => typeof value === "number" && (before[name] ?? 0) > 0)
      .map(([name, value]) => [name, (value as number) / (before[name] as number)]),
  );
}
