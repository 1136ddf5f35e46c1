import type { CalibratedRun, CalibratedSteps, Calibration } from "replicast";

/** The coefficients as YAML for a deployment's model, everything else as comments above them. */
export function renderFit(fit: Calibration): string {
  const { latency, rootMeanSquare } = fit;
  const coefficients = Object.entries(latency).flatMap(([key, value]) =>
    typeof value === "number" ? [`  ${key}: ${Number(value.toPrecision(4))}`] : [],
  );
  return [
    "# Errors, simulated ÷ measured − 1. What was held out tells how good the model is; what was fitted does not.",
    ...runLines(fit),
    ...stepLines(fit),
    `# root of the mean squared error of the fitted figures: ${(rootMeanSquare * 100).toFixed(1)} %`,
    "# Put it under the deployment's model: { shape: …, gpu: …, gpusPerReplica: …, latency: … }.",
    ...(latency.kind === "table" ? ["# The profiled kernels stay as they are: add the scenario's `files`."] : []),
    "latency:",
    `  kind: ${latency.kind}`,
    ...coefficients,
    "",
  ].join("\n");
}

function runLines({ fitted, heldOut }: Calibration): readonly string[] {
  const cells = ({ name, errors: { ttft, tpot, e2e } }: CalibratedRun): readonly string[] => [
    ...[ttft.mean, ttft.p99, tpot.mean, tpot.p99, e2e.mean, e2e.p99].map(percent),
    oneLine(name),
  ];
  const rows = [...fitted.map((run) => ["fitted", ...cells(run)]), ...heldOut.map((run) => ["held out", ...cells(run)])];
  return table(["", "TTFT mean", "P99", "TPOT mean", "P99", "E2E mean", "P99", "run"], rows);
}

function stepLines({ fittedSteps, heldOutSteps }: Calibration): readonly string[] {
  const cells = ({ name, steps, meanError, perStepError }: CalibratedSteps): readonly string[] => [
    percent(meanError),
    `${(perStepError * 100).toFixed(1)} %`,
    String(steps),
    oneLine(name),
  ];
  const rows = [...fittedSteps.map((run) => ["fitted", ...cells(run)]), ...heldOutSteps.map((run) => ["held out", ...cells(run)])];
  return table(["", "mean step", "per step", "steps", "measured steps"], rows);
}

/** First and last column to the left, figures to the right; nothing without rows. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)));
  const pad = (cell: string, i: number): string =>
    i === 0 || i === head.length - 1 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  return [head, ...rows].map((row) => `# ${row.map(pad).join("  ")}`.trimEnd());
}

function percent(error: number): string {
  return Number.isNaN(error) ? "–" : `${error >= 0 ? "+" : "−"}${Math.abs(error * 100).toFixed(1)} %`;
}

/** A file's name must not end the comment. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}]/gu, "\ufffd");
}
