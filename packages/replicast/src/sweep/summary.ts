import type { CellRow } from "./cell-run.ts";
import { cellAt, type SweepDesign } from "./design.ts";

/** A policy at a point, over its replications that did not fail; means are null when all did. */
export interface SweepLine {
  readonly point: number;
  readonly values: readonly string[];
  readonly policy: string;
  readonly runs: number;
  readonly failed: number;
  /** Runs that met the SLO. */
  readonly met: number;
  readonly monthlyUsdMean: number | null;
  readonly attainmentMean: number | null;
  readonly ttftSecondsP95Mean: number | null;
  readonly replicasMean: number | null;
}

const MEANS = ["monthlyUsd", "attainment", "ttftSecondsP95", "replicasMean"] as const;

/** Adds rows up as they come; needs memory for a few numbers a policy and point. Rows must come in order, for the same sums everywhere. */
export class SweepSummary {
  private readonly design: SweepDesign;
  private readonly sums: Float64Array;
  private readonly counts: Int32Array;
  private readonly tallies: Int32Array;
  private readonly columns: readonly number[];
  private readonly metColumn: number;

  constructor(design: SweepDesign) {
    const lines = design.header.cells / design.header.replications;
    const names = design.header.columns.map(({ name }) => name);
    this.design = design;
    this.sums = new Float64Array(lines * MEANS.length);
    this.counts = new Int32Array(lines * MEANS.length);
    this.tallies = new Int32Array(lines * 3);
    this.columns = MEANS.map((name) => names.indexOf(name));
    this.metColumn = names.indexOf("sloMet");
  }

  add({ index, error, measures }: CellRow): void {
    const line = Math.floor(index / this.design.header.replications);
    if (error !== null) {
      this.bump(line * 3 + 1);
      return;
    }
    this.bump(line * 3);
    if (measures[this.metColumn] === true) this.bump(line * 3 + 2);
    this.columns.forEach((column, mean) => {
      const value = measures[column];
      if (typeof value !== "number") return;
      const at = line * MEANS.length + mean;
      this.sums[at] = (this.sums[at] as number) + value;
      this.counts[at] = (this.counts[at] as number) + 1;
    });
  }

  /** Every policy at every point, in the order of the cells. */
  *lines(): Generator<SweepLine> {
    const { cells, replications } = this.design.header;
    for (let line = 0; line < cells / replications; line++) yield this.lineAt(line);
  }

  private lineAt(line: number): SweepLine {
    const { point, values, policy } = cellAt(this.design, line * this.design.header.replications);
    const tally = (what: number): number => this.tallies[line * 3 + what] as number;
    const mean = (what: number): number | null => {
      const at = line * MEANS.length + what;
      return this.counts[at] === 0 ? null : (this.sums[at] as number) / (this.counts[at] as number);
    };
    return {
      point,
      values,
      policy,
      runs: tally(0),
      failed: tally(1),
      met: tally(2),
      monthlyUsdMean: mean(0),
      attainmentMean: mean(1),
      ttftSecondsP95Mean: mean(2),
      replicasMean: mean(3),
    };
  }

  private bump(at: number): void {
    this.tallies[at] = (this.tallies[at] as number) + 1;
  }
}

/** Better first: SLO met in more of the runs, then cheaper, then by place. Lines without a run come last. */
export function compareLines(a: SweepLine, b: SweepLine): number {
  const share = ({ met, runs }: SweepLine): number => (runs === 0 ? -1 : met / runs);
  return share(b) - share(a) || (a.monthlyUsdMean ?? Infinity) - (b.monthlyUsdMean ?? Infinity) || a.point - b.point;
}
