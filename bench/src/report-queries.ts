import { spawnSync } from "node:child_process";
import { QUERIES, type QueryCost, seriesPerPod } from "./queries.ts";

const FLEETS: readonly number[] = [1, 10, 100, 1000];
const WINDOWS: readonly string[] = ["1m", "5m", "1h"];
const USUAL_WINDOW = "5m";
const USUAL_PODS = 100;
/** Series read in a round: enough for the clock and the compiler, few enough for patience. */
const SERIES_A_ROUND = 30_000;
const FEWEST_STEPS = 10;
const MOST_STEPS = 2000;

/** Cost of a query against the number of pods and against the window: plain beside prepared, each pair in a process of its own. */
export function reportQueries(script: string): void {
  console.log(
    "CPU microseconds of one query, asked every 15 s of series that go on; least of 4 rounds after the first, plain and prepared in turn\n",
  );
  for (const [name, { query }] of Object.entries(QUERIES)) {
    console.log(query);
    for (const pods of FLEETS) line(script, name, pods, USUAL_WINDOW);
    if (query.includes("W")) for (const window of WINDOWS) if (window !== USUAL_WINDOW) line(script, name, USUAL_PODS, window);
    console.log("");
  }
}

function line(script: string, name: string, pods: number, window: string): void {
  const steps = Math.min(MOST_STEPS, Math.max(FEWEST_STEPS, Math.round(SERIES_A_ROUND / pods / seriesPerPod(name))));
  const child = spawnSync(process.execPath, [script, "--query", name, String(pods), window, String(steps)], {
    encoding: "utf8",
    timeout: 900_000,
  });
  if (child.status !== 0) throw new Error(`${name} over ${pods} pods failed:\n${child.stderr}`);
  const { plain, prepared } = JSON.parse(child.stdout) as QueryCost;
  const [slow, fast] = [Math.min(...plain.slice(1)), Math.min(...prepared.slice(1))];
  const cells = [
    pods.toLocaleString("en-US").padStart(5),
    window.padStart(3),
    shown(slow),
    shown(fast),
    `${(slow / fast).toFixed(1)} times`,
  ];
  console.log(`${cells[0]} pods  window ${cells[1]}  plain ${cells[2]} µs  prepared ${cells[3]} µs  ${cells[4]}`);
}

const shown = (microseconds: number): string => microseconds.toFixed(1).padStart(9);
