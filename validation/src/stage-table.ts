import { groupBy } from "./group-by.ts";
import type { Figures } from "./judge.ts";
import { medianMagnitude } from "./judge.ts";
import type { PeerPrediction } from "./stage-files.ts";
import type { JudgedStage } from "./stages.ts";
import { alignColumns, markdownTable, percent } from "./text.ts";

/** Median absolute errors over load stages. */
export interface StageSummary {
  readonly group: string;
  readonly stages: number;
  readonly ttftMean: number;
  readonly tpotMean: number;
  readonly e2eMean: number;
  readonly e2eP99: number;
}

/** Another simulator's median absolute errors, and ours over the same stages. */
export interface PeerSummary {
  readonly simulator: string;
  readonly stages: number;
  readonly ttftMean: Pair;
  readonly e2eMean: Pair;
  readonly e2eP99: Pair;
}

/** NaN where nothing is published. */
interface Pair {
  readonly published: number;
  readonly ours: number;
}

const ALL = "all groups";

/** By model and GPUs, then over all. */
export function summariseStages(judged: readonly JudgedStage[]): readonly StageSummary[] {
  const single = judged.filter(({ stage }) => stage !== "all");
  const groups = [...groupBy(single, ({ group }) => group)];
  return [...groups, [ALL, single] as const].map(([group, stages]) => {
    const of = (latency: keyof Figures, figure: "mean" | "p99"): number =>
      medianMagnitude(stages.map(({ figures }) => figures[latency][figure]?.error));
    return {
      group,
      stages: stages.length,
      ttftMean: of("ttft", "mean"),
      tpotMean: of("tpot", "mean"),
      e2eMean: of("e2e", "mean"),
      e2eP99: of("e2e", "p99"),
    };
  });
}

/** Each simulator beside ours on the stages that both have; on whole experiments where it published nothing else. */
export function summarisePeers(judged: readonly JudgedStage[], predictions: readonly PeerPrediction[]): readonly PeerSummary[] {
  const ours = new Map(judged.map((each) => [keyOf(each.experiment, each.stage), each]));
  return [...groupBy(predictions, ({ simulator }) => simulator)].flatMap(([simulator, all]) => {
    const hasStages = all.some(({ stage }) => stage !== "all");
    const known = all.filter(({ experiment, stage }) => (stage !== "all") === hasStages && ours.has(keyOf(experiment, stage)));
    if (known.length === 0) return [];
    const pair = (metric: string, of: (figures: Figures) => number | undefined): Pair => {
      const published = known.filter((each) => each.metric === metric);
      return {
        published: medianMagnitude(published.map(({ error }) => error)),
        ours: medianMagnitude(published.map(({ experiment, stage }) => of((ours.get(keyOf(experiment, stage)) as JudgedStage).figures))),
      };
    };
    return [
      {
        simulator,
        stages: new Set(known.map(({ experiment, stage }) => keyOf(experiment, stage))).size,
        ttftMean: pair("ttft_mean", ({ ttft }) => ttft.mean?.error),
        e2eMean: pair("e2e_mean", ({ e2e }) => e2e.mean?.error),
        e2eP99: pair("e2e_p99", ({ e2e }) => e2e.p99?.error),
      },
    ];
  });
}

function keyOf(experiment: string, stage: string): string {
  return `${experiment} ${stage}`;
}

const GROUP_HEAD = ["model and GPUs", "stages", "TTFT mean", "TPOT mean", "E2E mean", "E2E P99"];
const PEER_HEAD = ["simulator", "stages", "TTFT mean", "ours", "E2E mean", "ours", "E2E P99", "ours"];

function groupCells(summaries: readonly StageSummary[]): readonly (readonly string[])[] {
  return summaries.map(({ group, stages, ttftMean, tpotMean, e2eMean, e2eP99 }) => [
    group,
    String(stages),
    ...[ttftMean, tpotMean, e2eMean, e2eP99].map(percent),
  ]);
}

function peerCells(summaries: readonly PeerSummary[]): readonly (readonly string[])[] {
  return summaries.map(({ simulator, stages, ...pairs }) => [
    simulator,
    String(stages),
    ...[pairs.ttftMean, pairs.e2eMean, pairs.e2eP99].flatMap(({ published, ours }) => [percent(published), percent(ours)]),
  ]);
}

/** Both summaries as text. */
export function renderStages(groups: readonly StageSummary[], peers: readonly PeerSummary[]): string {
  return [
    "load stages under the generic model: median absolute error",
    alignColumns([GROUP_HEAD, ...groupCells(groups)]),
    "",
    "published errors of other simulators on these stages, and ours on the same ones",
    alignColumns([PEER_HEAD, ...peerCells(peers)]),
    "",
  ].join("\n");
}

/** Load stages by group, as the documentation shows them. */
export function renderGroupsMarkdown(groups: readonly StageSummary[]): string {
  return markdownTable(GROUP_HEAD, groupCells(groups), 1);
}

/** Other simulators beside ours, as the documentation shows them. */
export function renderPeersMarkdown(peers: readonly PeerSummary[]): string {
  return markdownTable(PEER_HEAD, peerCells(peers), 1);
}
