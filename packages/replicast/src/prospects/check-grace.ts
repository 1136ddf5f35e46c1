import { createSampler, type Issue, type Plan, type ScenarioSpec, type ServingConfig, type TrafficConfig } from "@replicast/sim-core";
import { loadedTokenSeconds } from "../capacity-work.ts";
import { warning } from "./setting.ts";

/** Share of the answers that are at most as long as the one that must still end in peace. */
const LONGEST_SHARE = 0.999;

/**
 * Grace periods that end before the longest answers do, at half the batch: scaling down then cuts answers off. Answers of a trace count
 * only where something limits them: its rows are not read for this.
 */
export function checkGrace(plan: Plan, spec: ScenarioSpec): readonly Issue[] {
  return plan.deployments.flatMap(({ name, serving }, index) => {
    const lifecycle = plan.cluster.deployments.find((candidate) => candidate.name === name)?.lifecycle;
    // A server that aborts does not wait, and batches that answer at once have no long answers.
    if (lifecycle?.onTerminate !== "drain" || serving.latency.kind === "curve" || serving.engine.batching !== undefined) return [];
    const tokens = longestAnswer(
      plan.traffic.filter(({ deployment }) => deployment === name),
      serving,
    );
    if (tokens === undefined) return [];
    const answerSeconds = Math.round(
      tokens * loadedTokenSeconds(serving, { promptTokens: meanPrompt(plan.traffic, name), outputTokens: tokens }),
    );
    const graceSeconds = lifecycle.terminationGraceSeconds - lifecycle.preStopSeconds;
    if (answerSeconds <= graceSeconds) return [];
    const isWritten = spec.deployments[index]?.shutdown?.grace !== undefined;
    const path = ["deployments", index, ...(isWritten ? ["shutdown", "grace"] : [])];
    return [warning("grace_below_longest_answer", { path }, { graceSeconds, tokens, answerSeconds })];
  });
}

function longestAnswer(streams: readonly TrafficConfig[], { engine }: ServingConfig): number | undefined {
  const known = streams.flatMap((stream) => {
    const drawn = stream.kind === "trace" ? Number.POSITIVE_INFINITY : createSampler(stream.lengths.outputTokens).quantile(LONGEST_SHARE);
    const limit = Math.min("maxOutputTokens" in stream ? (stream.maxOutputTokens ?? drawn) : drawn, engine.maxOutputTokens ?? drawn);
    const tokens = Math.min(drawn, limit);
    return Number.isFinite(tokens) ? [Math.min(Math.ceil(tokens), engine.maxModelTokens)] : [];
  });
  return known.length === 0 ? undefined : Math.max(...known);
}

function meanPrompt(traffic: readonly TrafficConfig[], deployment: string): number {
  const means = traffic.flatMap((stream) =>
    stream.deployment === deployment && stream.kind !== "trace" ? [createSampler(stream.lengths.promptTokens).mean] : [],
  );
  return means.length === 0 ? 1 : Math.round(Math.max(1, means.reduce((sum, mean) => sum + mean, 0) / means.length));
}
