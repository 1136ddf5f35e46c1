import type { RunResult } from "@replicast/sim-core";
import { formatClock } from "./clock.ts";
import { formatCount, formatNumber, formatSeconds, formatUsd } from "./format.ts";
import { plainText, wrapTo } from "./text.ts";
import { draw, type TableOptions, type TextColumn } from "./text-columns.ts";

const DEFAULT_WIDTH = 120;
/** Rows of the list of decisions. */
const TOP_DECISIONS = 20;

/** A decision and another one in its place, as the text needs it. */
export interface ForkedChoice {
  readonly deployment: string;
  readonly atSeconds: number;
  readonly reason: string;
  readonly specReplicas: number;
  readonly decidedReplicas: number;
  readonly forkedReplicas: number;
  readonly value: { readonly billUsd: number; readonly violations: number; readonly violationMinutes: number };
}

interface Fork extends ForkedChoice {
  readonly policy: string;
  readonly holdSeconds: number;
  readonly scenario: RunResult["scenario"];
  readonly base: RunResult;
  readonly fork: RunResult;
}

interface Forks {
  readonly policy: string;
  readonly scenario: RunResult["scenario"];
  readonly forks: readonly ForkedChoice[];
}

/** Two futures side by side, and what the other decision was worth. Ends with a line end. */
export function renderFork(fork: Fork, options: TableOptions = {}): string {
  const width = options.width ?? DEFAULT_WIDTH;
  const rows: readonly (readonly [string, string, string])[] = [
    ["bill of the run", formatUsd(fork.base.cost.billUsd), formatUsd(fork.fork.cost.billUsd)],
    ["bill a month", formatUsd(fork.base.cost.monthlyUsd), formatUsd(fork.fork.cost.monthlyUsd)],
    ["requests that miss an objective", formatNumber(fork.base.slo.violations), formatNumber(fork.fork.slo.violations)],
    ["violation minutes", formatNumber(fork.base.slo.violationMinutes), formatNumber(fork.fork.slo.violationMinutes)],
    ["SLO", fork.base.slo.met ? "met" : "missed", fork.fork.slo.met ? "met" : "missed"],
  ];
  const columns: readonly TextColumn[] = [
    { heading: "", side: "left", weight: 0, cells: rows.map(([name]) => ({ text: name })) },
    { heading: `as decided: ${fork.decidedReplicas}`, side: "right", weight: 0, cells: rows.map(([, base]) => ({ text: base })) },
    { heading: `instead: ${fork.forkedReplicas}`, side: "right", weight: 0, cells: rows.map(([, , other]) => ({ text: other })) },
  ];
  return `${[...wrapTo(plainText(forkSentence(fork)), width), "", ...draw(columns, options)].join("\n")}\n`;
}

/** The value of one other decision in a sentence. */
export function forkSentence(fork: Omit<Fork, "base" | "fork">): string {
  const { policy, deployment, decidedReplicas, forkedReplicas, scenario, atSeconds, value, holdSeconds } = fork;
  const held = holdSeconds > 0 ? `, held for ${formatSeconds(holdSeconds)},` : "";
  const money = value.billUsd < 0 ? `costs ${formatUsd(-value.billUsd)} more` : `saves ${formatUsd(value.billUsd)}`;
  const requests =
    value.violations < 0
      ? `lets ${formatCount(-value.violations, "request")} more miss an objective`
      : `keeps ${formatCount(value.violations, "request")} from missing an objective`;
  return `At ${formatClock(atSeconds, scenario)} ${policy} asked for ${decidedReplicas} replicas of ${deployment}; ${forkedReplicas} instead${held} ${money} in this run and ${requests}.`;
}

/** The decisions whose change would have mattered most: by requests first, then by dollars. Ends with a line end. */
export function renderForks({ policy, scenario, forks }: Forks, options: TableOptions = {}): string {
  const width = options.width ?? DEFAULT_WIDTH;
  const ranked = [...forks].sort(
    (a, b) => b.value.violations - a.value.violations || b.value.billUsd - a.value.billUsd || a.atSeconds - b.atSeconds,
  );
  const rows = ranked.slice(0, TOP_DECISIONS);
  const column = (heading: string, side: "left" | "right", text: (fork: ForkedChoice) => string): TextColumn => ({
    heading,
    side,
    weight: 0,
    cells: rows.map((fork) => ({ text: plainText(text(fork)) })),
  });
  const heading = `What ${formatCount(forks.length, "decision")} of ${policy} would have been worth with another count, one at a time${rows.length < forks.length ? `; the ${rows.length} that matter most` : ""}:`;
  const columns = [
    column("time", "left", ({ atSeconds }) => formatClock(atSeconds, scenario)),
    column("decided", "left", ({ specReplicas, decidedReplicas }) => `${specReplicas} → ${decidedReplicas}`),
    column("instead", "right", ({ forkedReplicas }) => String(forkedReplicas)),
    column("fewer misses", "right", ({ value }) => formatNumber(value.violations)),
    column("dollars saved", "right", ({ value }) => formatUsd(value.billUsd)),
    column("reason", "left", ({ reason }) => reason),
  ];
  return `${[...wrapTo(plainText(heading), width), "", ...(rows.length === 0 ? ["no decision changed the count"] : draw(columns, options))].join("\n")}\n`;
}
