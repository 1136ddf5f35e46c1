import { fileURLToPath } from "node:url";
import { azureHour, type BenchCase, generatedDay } from "./cases.ts";
import { type FleetShape, fleet } from "./fleets.ts";
import { type Engine, type Measurement, measure, measureApart, median } from "./measure.ts";
import { reportOptimum } from "./optimum.ts";
import { measureQuery } from "./queries.ts";
import { reportQueries } from "./report-queries.ts";
import { reportSweep } from "./sweep.ts";

const script = fileURLToPath(import.meta.url);
const DATA_FOLDER = process.env["REPLICAST_DATA"];
const WARM_RUNS = 31;
const COLD_PROCESSES = 5;
/** The step-by-step reference is measured on a part of the long workloads: a whole day would take it most of an hour. */
const REFERENCE_DAY_SECONDS = 600;

type CaseMaker = () => BenchCase | undefined | Promise<BenchCase>;

const DAY_SECONDS = 86_400;
/** 60 % of what a replica carries at most, 12.0/s. */
const BUSY_PER_SECOND = 7.2;
const FLEETS: readonly (readonly [name: string, title: string, shape: FleetShape, sliceSeconds: number])[] = [
  ["8", "8 replicas, 70B, 60 % load", { replicas: 8, perSecond: BUSY_PER_SECOND, durationSeconds: 17_361 }, 400],
  ["100", "100 replicas, 70B, 60 % load", { replicas: 100, perSecond: BUSY_PER_SECOND, durationSeconds: 13_889 }, 40],
  ["100-linear", "the same, linear model", { replicas: 100, perSecond: BUSY_PER_SECOND, durationSeconds: 13_889, latency: "linear" }, 40],
  ["1000", "1,000 replicas, 70B, 60 % load", { replicas: 1000, perSecond: BUSY_PER_SECOND, durationSeconds: 1389 }, 8],
  ["answers-50", "100 replicas, 1/s each, answers of 50 tokens", answers(50), 60],
  ["answers-2000", "the same requests, answers of 2,000 tokens", answers(2000), 60],
  [
    "idle-day",
    "2,000 replicas for a day, 0.1/s each, scraped and synced by an HPA every 15 s",
    { replicas: 2000, perSecond: 0.1, durationSeconds: DAY_SECONDS, isSynced: true },
    60,
  ],
  [
    "shared-nodes-day",
    "2,000 replicas of an 8B model on 500 nodes for a day, 0.1/s each, scraped and synced by an HPA every 15 s",
    { replicas: 2000, perSecond: 0.1, durationSeconds: DAY_SECONDS, isSynced: true, model: "llama-3.1-8b_h100_tp1" },
    60,
  ],
];

const CASES: Readonly<Record<string, CaseMaker>> = {
  "azure-hour": () => azureHour(DATA_FOLDER),
  "generated-ten-minutes": () => generatedDay(REFERENCE_DAY_SECONDS),
  "generated-hour": () => generatedDay(3600),
  "generated-day": () => generatedDay(),
  ...Object.assign({}, ...FLEETS.map(([name, title, shape, sliceSeconds]) => fleetCases(name, title, shape, sliceSeconds))),
};

function answers(answerTokens: number): FleetShape {
  return { replicas: 100, perSecond: 1, durationSeconds: 10_000, answerTokens };
}

/** The whole workload for the fast engine, and a slice that the step-by-step reference gets through in reasonable time. */
function fleetCases(name: string, title: string, shape: FleetShape, sliceSeconds: number): Readonly<Record<string, CaseMaker>> {
  return {
    [`fleet-${name}`]: () => fleet(title, shape),
    [`fleet-${name}-slice`]: () => fleet(title, { ...shape, durationSeconds: sliceSeconds }),
    [`fleet-${name}-hour`]: () => fleet(title, { ...shape, durationSeconds: 3600 }),
  };
}

async function main(): Promise<void> {
  const [flag, name, engine, runs, steps] = process.argv.slice(2);
  if (flag === "--query") {
    process.stdout.write(JSON.stringify(measureQuery(name as string, Number(engine), runs as string, Number(steps))));
    return;
  }
  if (flag === "--child") {
    const bench = await CASES[name as string]?.();
    if (bench === undefined) throw new Error(`unknown case ${name}`);
    process.stdout.write(JSON.stringify(measure(bench, engine as Engine, Number(runs))));
    return;
  }
  console.log(
    `requests simulated per CPU second (user + system, all threads), Node ${process.versions.node}, fixed fleet, every latency recorded\n`,
  );
  const parts: Readonly<Record<string, () => void>> = {
    hour: reportHour,
    day: reportDay,
    fleets: reportFleets,
    queries: () => reportQueries(script),
    optimum: reportOptimum,
    sweep: () => reportSweep(DATA_FOLDER),
  };
  for (const part of flag === undefined ? Object.keys(parts) : [flag]) (parts[part] ?? refuse)();
}

function refuse(): never {
  throw new Error("usage: main.js [hour | day | fleets | queries | optimum | sweep]");
}

function reportHour(): void {
  if (azureHour(DATA_FOLDER) === undefined) {
    console.log("skipped: the Azure hour (set REPLICAST_DATA to a folder with samples/azure-2023-conv-1h.csv)\n");
    return;
  }
  const cold = Array.from({ length: COLD_PROCESSES }, () => apart("azure-hour", "fast", 1));
  const warm = apart("azure-hour", "fast", WARM_RUNS);
  const reference = apart("azure-hour", "reference", 3);
  console.log(azureHour(DATA_FOLDER)?.title);
  line("fast, cold process", median(cold.map(firstRate)), cold[0] as Measurement, `median of ${COLD_PROCESSES} processes`);
  line("fast, warm", warmRate(warm), warm, `median of ${WARM_RUNS - 1} runs in one process`);
  line("reference, cold", firstRate(reference), reference, "one run");
  line("reference, warm", warmRate(reference), reference, "median of 2 runs");
  console.log(
    `fast ÷ reference: ${(median(cold.map(firstRate)) / firstRate(reference)).toFixed(1)} cold, ${(warmRate(warm) / warmRate(reference)).toFixed(1)} warm\n`,
  );
}

function reportDay(): void {
  const short = apart("generated-ten-minutes", "fast", 3);
  const reference = apart("generated-ten-minutes", "reference", 1);
  const hour = apart("generated-hour", "fast", 1);
  const day = apart("generated-day", "fast", 1);
  console.log(generatedDay().title);
  line("fast, whole day", firstRate(day), day, "one run");
  line("fast, one hour", firstRate(hour), hour, "one run");
  line("fast, ten minutes", firstRate(short), short, "first of three runs");
  line("reference, ten minutes", firstRate(reference), reference, "one run");
  console.log(`fast ÷ reference on the same ten minutes: ${(firstRate(short) / firstRate(reference)).toFixed(1)}`);
  console.log(`peak memory, day ÷ hour (24 times the requests): ${(day.peakBytes / hour.peakBytes).toFixed(2)}`);
}

/** Each fleet whole, then a slice of it beside the reference on the same slice. */
function reportFleets(): void {
  for (const [name, title] of FLEETS) {
    const whole = apart(`fleet-${name}`, "fast", 1);
    const slice = apart(`fleet-${name}-slice`, "fast", 3);
    const reference = apart(`fleet-${name}-slice`, "reference", 1);
    console.log(title);
    line("fast", firstRate(whole), whole, `one run, ${(whole.cpuSeconds[0] as number).toFixed(1)} CPU-s`);
    line("fast, slice", warmRate(slice), slice, "median of 2 runs after the first");
    line("reference, slice", firstRate(reference), reference, "one run");
    console.log(`fast ÷ reference on the same slice: ${(warmRate(slice) / firstRate(reference)).toFixed(1)}\n`);
  }
}

const apart = (name: string, engine: Engine, runs: number): Measurement => measureApart(script, name, engine, runs);
const firstRate = ({ requests, cpuSeconds }: Measurement): number => requests / (cpuSeconds[0] as number);
const warmRate = ({ requests, cpuSeconds }: Measurement): number => requests / median(cpuSeconds.slice(1));

function line(label: string, rate: number, { requests, peakBytes, stepsPerRequest, eventsPerRequest }: Measurement, note: string): void {
  const parts = [
    label.padEnd(24),
    `${Math.round(rate).toLocaleString("en-US").padStart(10)} requests/CPU-s`,
    `${requests.toLocaleString("en-US").padStart(10)} requests`,
    `${(peakBytes / 1e6).toFixed(0).padStart(5)} MB peak`,
    `${stepsPerRequest.toFixed(1)} steps, ${eventsPerRequest.toFixed(1)} events a request`,
    note,
  ];
  console.log(parts.join("  "));
}

await main();
