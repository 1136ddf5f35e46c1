import type { Calibration, CalibrationError, RequestErrors, StepErrors } from "replicast";

/** Deviations of what was simulated from what was measured, a line per run and part. */
export function renderCalibration({ errors, factors, fitted, evaluations }: Calibration): string {
  const requests = errors.filter(
    (error): error is CalibrationError & { readonly errors: RequestErrors } => error.errors.kind === "requests",
  );
  const steps = errors.filter((error): error is CalibrationError & { readonly errors: StepErrors } => error.errors.kind === "steps");
  const parts = [
    ...(requests.length === 0
      ? []
      : [
          "Simulated against measured, %: means and percentiles with their sign, single requests without",
          alignedTable([
            ["run", "part", "requests", "TTFT mean", "TTFT P99", "TPOT mean", "E2E mean", "E2E P99", "per request"],
            ...requests.map(({ run, part, errors: found }) => [
              run,
              part,
              String(found.requests),
              signed(found.ttftMeanPercent),
              signed(found.ttftP99Percent),
              signed(found.tpotMeanPercent),
              signed(found.e2eMeanPercent),
              signed(found.e2eP99Percent),
              found.perRequestE2ePercent.toFixed(1),
            ]),
          ]),
        ]),
    ...(steps.length === 0
      ? []
      : [
          "Predicted against measured step times, %",
          alignedTable([
            ["run", "part", "steps", "mean", "per step"],
            ...steps.map(({ run, part, errors: found }) => [
              run,
              part,
              String(found.steps),
              signed(found.stepMeanPercent),
              found.perStepPercent.toFixed(1),
            ]),
          ]),
        ]),
    `Fitted in ${evaluations} evaluations, as a multiple of the estimate: ${fitted.map((name) => `${name} ${(factors[name] ?? 1).toFixed(2)}`).join(", ")}.`,
  ];
  return `${parts.join("\n")}\n`;
}

/** The fragment that belongs under `model:` of a deployment, beside `shape` and `gpu`. */
export function renderLatencyYaml({ latency, errors }: Calibration, files: readonly string[]): string {
  const held = errors.filter(({ part }) => part === "held").length;
  const lines = Object.entries(latency).filter(([, value]) => typeof value !== "object");
  return [
    `# Fitted by \`replicast calibrate\` to ${files.map(oneLine).join(", ")}${held > 0 ? "" : "; nothing was held back"}.`,
    "# Goes under `model:` of a deployment, beside shape, gpu and gpusPerReplica.",
    "latency:",
    ...lines.map(([name, value]) => `  ${name}: ${value}`),
    "",
  ].join("\n");
}

function signed(percent: number): string {
  if (Number.isNaN(percent)) return "–";
  const text = percent.toFixed(1);
  return percent > 0 && text !== "0.0" ? `+${text}` : text.replace(/^-0\.0$/, "0.0");
}

function alignedTable(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A file's name must not end the comment. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}]/gu, "\ufffd");
}
