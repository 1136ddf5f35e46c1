import { createQueueAnalyzer, type QueueMetrics, type ServiceParameters } from "../../packages/policies/src/wva/queue-analyzer.ts";
import { mismatch } from "../mismatch.ts";
import type { VectorKind } from "../suite.ts";

type Analysis = Partial<QueueMetrics> & { readonly rate: number; readonly error?: boolean };

interface Sizing {
  readonly targetTTFT: number;
  readonly targetITL: number;
  readonly targetTPS: number;
  readonly error?: boolean;
  readonly rateTTFT: number;
  readonly rateITL: number;
  readonly rateTPS: number;
  readonly throughput: number;
  readonly achievedTTFT: number;
  readonly achievedITL: number;
  readonly achievedTPS: number;
}

interface AnalyzerCase {
  readonly kind: string;
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  readonly delta: number;
  readonly maxBatchSize: number;
  readonly maxQueueSize: number;
  readonly avgInputTokens: number;
  readonly avgOutputTokens: number;
  readonly rateMin: number;
  readonly rateMax: number;
  readonly analyze: readonly Analysis[];
  readonly size: readonly Sizing[];
}

/** The real code computes in single precision. */
const SINGLE_PRECISION = 5e-5;
/** Rates found by bisection on such a curve. */
const BISECTED = 2e-3;
const TIMES = ["avgRespTime", "avgWaitTime"] as const;
const OTHERS = ["throughput", "avgNumInServ", "avgPrefillTime", "avgTokenTime", "avgTTFT", "rho"] as const;

function differs(wanted: number, got: number, tolerance: number, scale: number = Math.abs(wanted)): boolean {
  return !(Math.abs(wanted - got) <= tolerance * Math.max(scale, 1e-9));
}

function checkAnalysis(wanted: Analysis, got: QueueMetrics | undefined): string | undefined {
  if (wanted.error === true || got === undefined) return mismatch([`error at ${wanted.rate}`, wanted.error === true, got === undefined]);
  for (const key of TIMES) {
    if (differs(wanted[key] ?? 0, got[key], SINGLE_PRECISION, wanted.avgRespTime))
      return mismatch([`${key} at ${wanted.rate}`, wanted[key], got[key]]);
  }
  for (const key of OTHERS) {
    const value = wanted[key];
    if (value === undefined) continue;
    const scale = key === "avgTTFT" ? wanted.avgRespTime : Math.abs(value);
    if (differs(value, got[key], SINGLE_PRECISION, scale)) return mismatch([`${key} at ${wanted.rate}`, value, got[key]]);
  }
  return undefined;
}

function check(vector: AnalyzerCase): string | undefined {
  const { alpha, beta, gamma, delta } = vector;
  const parameters: ServiceParameters =
    vector.kind === "queueAnalyzer" ? { form: "2025", alpha, beta, gamma, delta } : { form: "2026", alpha, beta, gamma };
  const analyzer = createQueueAnalyzer({ ...vector, parameters });
  for (const key of ["rateMin", "rateMax"] as const) {
    if (differs(vector[key], analyzer[key], SINGLE_PRECISION)) return mismatch([key, vector[key], analyzer[key]]);
  }
  for (const wanted of vector.analyze) {
    const wrong = checkAnalysis(wanted, analyzer.analyze(wanted.rate));
    if (wrong !== undefined) return wrong;
  }
  for (const [index, wanted] of vector.size.entries()) {
    const got = analyzer.size(wanted);
    if (wanted.error === true || got === undefined) {
      const wrong = mismatch([`error of size ${index}`, wanted.error === true, got === undefined]);
      if (wrong !== undefined) return wrong;
      continue;
    }
    const pairs: readonly (readonly [string, number, number])[] = [
      ["rateTTFT", wanted.rateTTFT, got.rateTTFT],
      ["rateITL", wanted.rateITL, got.rateITL],
      ["rateTPS", wanted.rateTPS, got.rateTPS],
      ["throughput", wanted.throughput, got.metrics.throughput],
      ["achievedITL", wanted.achievedITL, got.metrics.avgTokenTime],
      ["achievedTPS", wanted.achievedTPS, got.metrics.throughput * vector.avgOutputTokens],
    ];
    // a wait is the difference of two response times
    const slack = BISECTED * wanted.achievedTTFT + SINGLE_PRECISION * got.metrics.avgRespTime;
    if (Math.abs(wanted.achievedTTFT - got.metrics.avgTTFT) > slack)
      return mismatch([`achievedTTFT of size ${index}`, wanted.achievedTTFT, got.metrics.avgTTFT]);
    for (const [what, want, have] of pairs) if (differs(want, have, BISECTED)) return mismatch([`${what} of size ${index}`, want, have]);
  }
  return undefined;
}

/** Queueing model and sizing, in the form of either year. */
export const queueAnalyzer: VectorKind<AnalyzerCase> = {
  kind: "queue-analyzer",
  recognises: ({ kind }) => kind === "queueAnalyzer" || kind === "queueAnalyzer2",
  check,
};
