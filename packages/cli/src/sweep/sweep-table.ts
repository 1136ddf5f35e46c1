import { compareLines, type SweepDesign, type SweepLine, SweepSummary } from "replicast";
import type { CellLog } from "./cell-log.ts";

/** Lines shown of a sweep; larger ones show the best of each policy. */
const LINES_MAX = 60;
const BEST_LINES = 10;

/** A finished sweep for people: one line for each policy at each point, and the best point of each policy. */
export function renderSweep(design: SweepDesign, log: CellLog): string {
  const summary = new SweepSummary(design);
  for (const row of log.rows()) summary.add(row);
  const { policies, cells, replications } = design.header;
  const count = cells / replications;
  const best = new Map(policies.map((policy): [string, SweepLine[]] => [policy, []]));
  const all: SweepLine[] = [];
  for (const line of summary.lines()) {
    const ofPolicy = best.get(line.policy) as SweepLine[]; // every line has one of the policies
    ofPolicy.push(line);
    if (ofPolicy.length > 2 * BEST_LINES) ofPolicy.sort(compareLines).length = BEST_LINES;
    if (count <= LINES_MAX) all.push(line);
  }
  for (const lines of best.values()) lines.sort(compareLines);
  const shown = count <= LINES_MAX ? all : [...best.values()].flatMap((lines) => lines.slice(0, BEST_LINES));
  const told = count <= LINES_MAX ? [] : [`The best of ${count} lines; all of them are in the results.`, ""];
  return [...told, ...drawLines(design, shown), "", ...policies.map((policy) => bestOf(design, policy, best.get(policy)?.[0]))].join("\n");
}

function drawLines({ axes, header }: SweepDesign, lines: readonly SweepLine[]): readonly string[] {
  const titles = [...axes.map(({ name }) => name), "policy", "$/month", "SLO met", "attainment", "TTFT p95", "replicas", "failed"];
  const rows = lines.map((line) => [
    ...line.values,
    line.policy,
    fixed(line.monthlyUsdMean, 0),
    header.replications === 1 ? yes(line) : `${line.met}/${line.runs}`,
    line.attainmentMean === null ? "–" : `${fixed(100 * line.attainmentMean, 2)} %`,
    line.ttftSecondsP95Mean === null ? "–" : `${fixed(line.ttftSecondsP95Mean, 3)} s`,
    fixed(line.replicasMean, 2),
    line.failed === 0 ? "" : String(line.failed),
  ]);
  const texts = axes.length + 1;
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] as string).length)));
  return [titles, ...rows].map((row) =>
    row
      .map((text, column) => (column < texts ? text.padEnd(widths[column] as number) : text.padStart(widths[column] as number)))
      .join("  ")
      .trimEnd(),
  );
}

function bestOf({ axes }: SweepDesign, policy: string, line: SweepLine | undefined): string {
  if (line === undefined || line.runs === 0) return `Best of ${policy}: none of its runs ended well.`;
  const values = axes.map(({ name }, axis) => `${name}=${line.values[axis]}`).join(" ");
  const slo = line.met === line.runs ? "meets the SLO" : `meets the SLO in ${line.met} of ${line.runs} runs`;
  return `Best of ${policy}: ${values === "" ? "" : `${values}, `}$${fixed(line.monthlyUsdMean, 0)} a month, ${slo}.`;
}

function yes({ met, runs }: SweepLine): string {
  return runs === 0 ? "–" : met === runs ? "yes" : "no";
}

function fixed(value: number | null, digits: number): string {
  return value === null ? "–" : value.toFixed(digits);
}
