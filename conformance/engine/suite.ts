import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  buildFastReplica,
  buildReferenceReplica,
  type LatencyModel,
  RequestTable,
  type StepComposition,
} from "@replicast/sim-core/testing";
import { filesEnding, readText } from "../folder.ts";
import { mismatch } from "../mismatch.ts";
import { runVectors, type Tally } from "../runner.ts";
import type { Suite } from "../suite.ts";

type Row = readonly [arrivalSeconds: number, promptTokens: number, outputTokens: number];
type Answer = readonly [requestId: number, ttftMicroseconds: number, e2eMicroseconds: number];

/** `continuous-batching-conv600-x4-8b`: the requests of the trace before 600 s, each four times at its instant. */
const FILE_NAME = /^continuous-batching-conv(?<seconds>\d+)?(?:-x(?<copies>\d+))?-8b\.csv(?:\.gz)?$/;
const TRACE = "traces/azure-2023-conv.csv.gz";

/** Added to each output token, and once to each request; neither delays a step. */
const PER_TOKEN_MICROSECONDS = 45;
const PER_REQUEST_MICROSECONDS = 777;

const LAYERS = 32;
const HIDDEN = 4096;
const HEADS = 32;
const KV_SIZE = 1024;
const HEAD_SIZE = 128;
const FEED_FORWARD = 14_336;

/** The other simulator's step time: whole microseconds, from the scheduled chunks. */
const LATENCY: LatencyModel = {
  requestOverheadSeconds: 0.015563,
  perContextTokenSeconds: undefined,
  decodeBaseSeconds: () => Number.NaN,
  stepSeconds: (step: StepComposition) => {
    let attention = 0;
    for (let i = 0; i < step.chunks; i++) {
      const tokens = step.chunkTokens[i] as number;
      attention += 4 * HEADS * tokens * ((step.chunkPrompt[i] as number) + tokens / 2) * HEAD_SIZE;
    }
    const { promptTokens, decodeSequences } = step;
    const projections = 2 * HIDDEN + 2 * KV_SIZE;
    const flops = 2 * LAYERS * promptTokens * HIDDEN * projections + LAYERS * attention + 6 * LAYERS * promptTokens * HIDDEN * FEED_FORWARD;
    // contextTokens counts the token being computed; C + B_d of the vectors is the same sum
    const cacheRead = (2 * LAYERS * KV_SIZE * 2 * step.contextTokens) / 3.35e6;
    const weightRead = ((LAYERS * HIDDEN * projections + 3 * LAYERS * HIDDEN * FEED_FORWARD) * 2) / 3.35e6;
    const requests = decodeSequences + step.chunks;
    return (
      Math.floor(
        0.152128 * (flops / 989.5e6) +
          1.94710771 * cacheRead +
          1.36252915 * weightRead +
          32.09546717 * LAYERS +
          4.41684444 * requests +
          126.024825,
      ) / 1e6
    );
  },
};

/** Path of the trace that the vectors answer; undefined where nobody has put it. */
function tracePath(): string | undefined {
  const folder = process.env["REPLICAST_DATA"];
  const path = folder === undefined ? undefined : join(folder, TRACE);
  return path !== undefined && existsSync(path) ? path : undefined;
}

function requestsOf(trace: string, file: string): readonly Row[] {
  const { seconds, copies } = FILE_NAME.exec(file)?.groups ?? {};
  const rows = rowsOf(readText(trace)) as unknown as readonly Row[];
  const within = seconds === undefined ? rows : rows.filter(([arrivalSeconds]) => arrivalSeconds < Number(seconds));
  return within.flatMap((row) => new Array<Row>(Number(copies ?? 1)).fill(row));
}

function rowsOf(text: string): readonly (readonly number[])[] {
  return text
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(",").map(Number));
}

/** TTFT and E2E of every request, in whole microseconds. */
function serve(rows: readonly Row[], build: typeof buildFastReplica): (readonly [number, number])[] {
  const table = new RequestTable();
  const answers: (readonly [number, number])[] = [];
  const sinceArrival = (slot: number, seconds: number): number => Math.round((seconds - (table.arrivalSeconds[slot] as number)) * 1e6);
  const replica = build({
    index: 0,
    table,
    latency: LATENCY,
    engine: {
      maxBatchedTokens: 2048,
      maxSequences: 256,
      kvBlocks: 26_312,
      blockTokens: 16,
      maxModelTokens: 1e9,
      warmUp: { factor: 1, requests: 1 },
    },
    listener: {
      firstToken: () => {},
      completed: (slot, seconds) => {
        const ttft = sinceArrival(slot, table.firstTokenSeconds[slot] as number) + PER_TOKEN_MICROSECONDS;
        const e2e = sinceArrival(slot, seconds) + PER_TOKEN_MICROSECONDS * (table.outputTokens[slot] as number) + PER_REQUEST_MICROSECONDS;
        answers[table.requestId[slot] as number] = [ttft, e2e];
        table.release(slot);
      },
      released: () => {},
      prefilled: () => {},
      received: () => {},
      rejected: () => {},
      gaps: () => {},
      busy: () => {},
    },
    warmUpFactors: new Float64Array(0),
    admittedBefore: 0,
  });
  const END = 0;
  rows.forEach(([arrivalSeconds, promptTokens, outputTokens], id) => {
    while (replica.nextSeconds < arrivalSeconds || (replica.nextSeconds === arrivalSeconds && replica.nextPriority === END))
      replica.onEvent();
    const slot = table.take();
    table.requestId[slot] = id;
    table.arrivalSeconds[slot] = arrivalSeconds;
    table.promptTokens[slot] = promptTokens;
    table.outputTokens[slot] = outputTokens;
    replica.enqueue(slot, arrivalSeconds);
  });
  while (replica.nextSeconds < Number.POSITIVE_INFINITY) replica.onEvent();
  return answers;
}

function run(folder: string, file: string, trace: string): Tally {
  const rows = requestsOf(trace, file);
  const [fast, reference] = [serve(rows, buildFastReplica), serve(rows, buildReferenceReplica)];
  const vectors = rowsOf(readText(join(folder, file))) as unknown as readonly Answer[];
  return runVectors<Answer>({
    suite: "engine",
    file,
    cases: vectors,
    name: ([id]) => `request ${id}`,
    check: ([id, ...wanted]) =>
      vectors.length === rows.length
        ? mismatch(["on the fast engine", wanted, fast[id]], ["on the reference engine", wanted, reference[id]])
        : `the file answers ${vectors.length} requests, the trace has ${rows.length}`,
  });
}

/** A continuous-batching engine, request by request to the microsecond. */
export const engineSuite: Suite = {
  id: "engine",
  discover({ path }) {
    const trace = tracePath();
    return filesEnding(path, ".csv")
      .filter((file) => FILE_NAME.test(file))
      .map((file) => ({
        file,
        ...(trace === undefined ? { skipped: `needs ${TRACE} in the folder that REPLICAST_DATA names` } : {}),
        run: () => run(path, file, trace ?? ""),
      }));
  },
};
