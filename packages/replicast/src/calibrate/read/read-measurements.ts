import { InputError } from "@replicast/sim-core";
import { readNumberTable } from "../../number-table.ts";
import type { MeasuredRun, Measurements } from "../measured-run.ts";
import { type Fields, isFields, refuseFile } from "./json-fields.ts";
import { readGuideLlm } from "./read-guidellm.ts";
import { readRows } from "./read-rows.ts";
import { readVllmBench } from "./read-vllm.ts";

/**
 * Reads a file of measurements: CSV with a row per request or per step, a result of `vllm bench serve`, or a report of GuideLLM. What it
 * is shows in the file itself.
 *
 * @param name how tables and messages call the file
 * @returns the runs or steps it holds, at least one
 * @throws InputError with everything that is wrong with it
 */
export function readMeasurements(text: string, name: string): Measurements {
  const rows = /^\s*[[{]/.test(text) ? undefined : readRows(readNumberTable(text, name), name);
  if (rows !== undefined && "steps" in rows) return { runs: [], steps: [rows.steps] };
  const runs = rows === undefined ? readJson(text, name) : [rows.run];
  const empty = runs.filter(({ requests }) => requests.every(({ e2eSeconds }) => Number.isNaN(e2eSeconds)));
  if (empty.length > 0) throw new InputError(empty.map((run) => ({ code: "measured_nothing", path: [], file: run.name })));
  return { runs, steps: [] };
}

function readJson(text: string, name: string): readonly MeasuredRun[] {
  const documents = parseDocuments(text, name);
  const found = documents.flatMap((document, index): readonly MeasuredRun[] => {
    const called = documents.length === 1 ? name : `${name}#${index + 1}`;
    if (Array.isArray(document["benchmarks"])) return readGuideLlm(document, called);
    if ("request_throughput" in document || "ttfts" in document) return [readVllmBench(document, called)];
    return [];
  });
  return found.length > 0 ? found : refuseFile(name, "measured_unknown_format", { keys: Object.keys(documents[0] ?? {}).slice(0, 8) });
}

/** One document, or one per line: `vllm bench serve --append-result` adds lines. */
function parseDocuments(text: string, name: string): readonly Fields[] {
  const whole = tryParse(text);
  if (isFields(whole)) return [whole];
  if (Array.isArray(whole)) return whole.filter(isFields);
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const documents = lines.map(tryParse);
  const bad = documents.findIndex((document) => !isFields(document));
  if (bad >= 0) throw new InputError([{ code: "measured_bad_json", path: [], file: name, ...(lines.length > 1 ? { line: bad + 1 } : {}) }]);
  return documents as readonly Fields[];
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
