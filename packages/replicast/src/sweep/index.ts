export { type Axis, parseAxes } from "./axis.ts";
export { type CellError, type CellLimits, type CellRow, CellRunner, type CellSource, digestTraces, loadCell } from "./cell-run.ts";
export { type Measure, type SweepColumn, sweepColumns } from "./columns.ts";
export {
  cellAt,
  designOf,
  designSweep,
  type SweepCell,
  type SweepDesign,
  type SweepHeader,
  type SweepRequest,
} from "./design.ts";
export { type BoundAxis, bindAxes } from "./manifest-axes.ts";
export { createPoints, type Points, parseSample, type Sample } from "./points.ts";
export { RESULT_END, type ResultColumn, resultBegin, resultCell, resultColumns, type SweepResultCell } from "./results.ts";
export { compareLines, type SweepLine, SweepSummary } from "./summary.ts";
export type { AxisValues } from "./values.ts";
