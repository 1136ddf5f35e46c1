import { FIGURE_NAMES, runFigures } from "replicast";
import type { ValidationCase } from "./cases.ts";
import { readWorkload } from "./workload.ts";

/** Percentile definitions and rounding account for less than this. */
const TOLERANCE = 0.02;
const LATENCIES = ["ttft", "tpot", "e2e"] as const;

/**
 * What a case states about its runs and its own rows contradict, one line each: the figures as stated are what counts, but somebody
 * should look.
 */
export function contradictions(it: ValidationCase): readonly string[] {
  return it.runs.flatMap(({ workload, measured }) => {
    const { requests } = readWorkload(workload);
    const found = runFigures(requests);
    const rows = requests.length === measured.requests ? [] : [`requests is ${measured.requests}, it has ${requests.length} rows`];
    const figures = LATENCIES.flatMap((latency) =>
      FIGURE_NAMES.flatMap((name) => {
        const stated = measured[`${latency}_ms`]?.[name];
        const milliseconds = found[latency][name] * 1000;
        // nothing is found where there are no rows
        if (stated === undefined || !(Math.abs(milliseconds / stated - 1) > TOLERANCE)) return [];
        return [`${latency}_ms.${name} is ${stated}, its rows make ${milliseconds.toFixed(2)}`];
      }),
    );
    return [...rows, ...figures].map((line) => `${it.file}: ${workload}: ${line}`);
  });
}
