import type { RunResult } from "@replicast/sim-core";
import { BLAME_CAUSES, type BlameCause } from "@replicast/sim-core/score";
import { CAUSE_WORDS } from "./blame-words.ts";
import { formatCount, formatNumber, formatPercent, formatSeconds, formatUsd } from "./format.ts";
import { plainText } from "./text.ts";
import { draw, type TableOptions, type TextColumn } from "./text-columns.ts";

/** A run of an older release has no blame. */
export type BlamedRun = Pick<RunResult, "policy" | "blame">;

/** What one cause has cost, over all deployments. */
export interface CauseTotal {
  readonly cause: BlameCause;
  readonly shortageSeconds: number;
  readonly violations: number;
  readonly idleUsd: number;
}

/** The causes of a run, in the order of a load's way to its answer; those that cost nothing are left out. */
export function causeTotals({ blame }: BlamedRun): readonly CauseTotal[] {
  const rows = blame?.rows ?? [];
  return BLAME_CAUSES.flatMap((cause) => {
    const own = rows.filter((row) => row.cause === cause);
    if (own.length === 0) return [];
    const sum = (value: (row: (typeof own)[number]) => number): number => own.reduce((total, row) => total + value(row), 0);
    return [
      {
        cause,
        shortageSeconds: sum((row) => row.shortageSeconds),
        violations: sum((row) => row.violations),
        idleUsd: sum((row) => row.idleUsd),
      },
    ];
  });
}

/** What most of the late requests are put down to; none when there were none. */
export function lateSentences(run: BlamedRun): readonly string[] {
  const late = most(causeTotals(run), ({ violations }) => violations);
  if (run.blame === undefined || late === undefined || late.violations === 0) return [];
  const { violations } = run.blame;
  const share = `${formatPercent(late.violations / violations)} of the ${formatCount(violations, "late request")}`;
  return [`${run.policy}: ${share} ${CAUSE_WORDS[late.cause].late}${of(run, late.cause)}.`];
}

/** What kept most of the idle dollars; none when there were none. */
export function idleSentences(run: BlamedRun): readonly string[] {
  const idle = most(causeTotals(run), ({ idleUsd }) => idleUsd);
  if (run.blame === undefined || idle === undefined || idle.idleUsd === 0) return [];
  return [
    `${run.policy}: ${formatPercent(idle.idleUsd / run.blame.idleUsd)} of the idle dollars were kept by ${CAUSE_WORDS[idle.cause].idle}.`,
  ];
}

/** The deployment, where there are several and one has most of it. */
function of({ blame }: BlamedRun, cause: BlameCause): string {
  const rows = (blame?.rows ?? []).filter(({ deployment }) => deployment !== null);
  if (new Set(rows.map(({ deployment }) => deployment)).size < 2) return "";
  const own = rows.filter((row) => row.cause === cause).reduce((a, b) => (b.violations > a.violations ? b : a));
  return ` (${own.deployment})`;
}

function most(totals: readonly CauseTotal[], value: (total: CauseTotal) => number): CauseTotal | undefined {
  return totals.reduce<CauseTotal | undefined>((a, b) => (a === undefined || value(b) > value(a) ? b : a), undefined);
}

/** Where each late request and each idle dollar of a run went, cause by cause: lines of an aligned table; none without blame. */
export function renderBlame(run: BlamedRun, options: TableOptions = {}): readonly string[] {
  const { blame } = run;
  const totals = causeTotals(run);
  if (blame === undefined || totals.length === 0) return [];
  const column = (heading: string, side: "left" | "right", text: (total: CauseTotal) => string): TextColumn => ({
    heading,
    side,
    weight: 1,
    cells: totals.map((total) => ({ text: plainText(text(total)) })),
  });
  const share = (part: number, whole: number): string => (whole > 0 && part > 0 ? formatPercent(part / whole) : "");
  return draw(
    [
      column("held up, or kept, by", "left", ({ cause }) => CAUSE_WORDS[cause].name),
      column("short of replicas", "right", ({ shortageSeconds }) => (shortageSeconds > 0 ? formatSeconds(shortageSeconds) : "")),
      column("late requests", "right", ({ violations }) => (violations > 0 ? formatNumber(violations) : "")),
      column("", "right", ({ violations }) => share(violations, blame.violations)),
      column("idle dollars", "right", ({ idleUsd }) => (idleUsd > 0 ? formatUsd(idleUsd) : "")),
      column("", "right", ({ idleUsd }) => share(idleUsd, blame.idleUsd)),
    ],
    options,
  );
}
