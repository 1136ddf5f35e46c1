import type { Issue, PolicyContext } from "@replicast/sim-core";
import type { ForecastEntry } from "./forecast-config.ts";

interface History {
  /** The entry with the file's rates in place of its name. */
  readonly entry: ForecastEntry;
  readonly issues: readonly Issue[];
}

/**
 * Reads a history that stands in a file: a rate per line, oldest first, as the last of its comma-separated fields. A first line without a
 * number is a heading.
 */
export function readHistoryFile(entry: ForecastEntry, context: PolicyContext, samplesMax: number): History {
  const { history } = entry;
  if (history === undefined || !("file" in history)) return { entry, issues: [] };
  const { file } = history;
  const text = context.readFile(file);
  if (text === undefined) return { entry, issues: [{ code: "history_file_missing", path: ["history", "file"], data: { file } }] };
  const issues: Issue[] = [];
  const rates: number[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    const field = line.slice(line.lastIndexOf(",") + 1).trim();
    if (line.trim() === "") return;
    const rate = field === "" ? Number.NaN : Number(field);
    if (Number.isFinite(rate) && rate >= 0) rates.push(rate);
    else if (index > 0) issues.push({ code: "history_not_a_rate", path: [], file, line: index + 1, data: { actual: field } });
  });
  if (rates.length > samplesMax)
    issues.push({ code: "out_of_range", path: ["history", "file"], data: { maximum: samplesMax, actual: rates.length } });
  return { entry: { ...entry, history: rates }, issues };
}
