import { InputError } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import type { MeasuredRun, MeasuredStep } from "../measured-run.ts";
import { readMeasurements } from "./read-measurements.ts";

const HEADER = "arrival_s,send_s,input_tokens,output_tokens,ttft_ms,e2e_ms,ok";

function requests(text: string): MeasuredRun["requests"] {
  return (readMeasurements(text, "run").runs[0] as MeasuredRun).requests;
}

function firstStep(text: string): MeasuredStep {
  return readMeasurements(text, "run").steps[0]?.steps[0] as MeasuredStep;
}

function refusal(text: string): readonly string[] {
  try {
    readMeasurements(text, "run");
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.issues.map(({ code, file, line }) => `${file}:${line ?? ""} ${code}`);
  }
}

describe("reading rows per request", () => {
  it("puts them in order of when they were sent, from 0; what failed was there, but is not measured", () => {
    expect(requests(`${HEADER}\n9,12,300,20,70,500,1\n8,10,100,10,50.5,400,1\n8,11,9,4,0,0,0\n8,11,9,0,0,0,false\n`)).toEqual([
      { arrivalSeconds: 0, promptTokens: 100, outputTokens: 10, ttftSeconds: 0.0505, e2eSeconds: 0.4 },
      { arrivalSeconds: 1, promptTokens: 9, outputTokens: 4, ttftSeconds: Number.NaN, e2eSeconds: Number.NaN },
      { arrivalSeconds: 2, promptTokens: 300, outputTokens: 20, ttftSeconds: 0.07, e2eSeconds: 0.5 },
    ]);
  });

  it("does without TTFT, which only streams have", () => {
    expect(requests("arrival_ms,input_tokens,output_tokens,latency_s\n0,10,2,3\n500,10,2,3\n")).toMatchObject([
      { ttftSeconds: Number.NaN, e2eSeconds: 3 },
      { arrivalSeconds: 0.5 },
    ]);
  });

  it("adds the way into the engine where the clock starts there", () => {
    const [first] = requests("arrival_s,input_tokens,output_tokens,ttft_ms,e2e_ms,arrival_to_queued_ms\n0,10,2,40,60,5\n");
    expect(first).toMatchObject({ ttftSeconds: 0.045, e2eSeconds: 0.065 });
  });

  it("reads times in the unit their name ends in", () => {
    const [first] = requests("arrival_s,prompt_tokens,completion_tokens,ttft_s,e2e_us\n0,10,2,0.25,500000\n");
    expect(first).toMatchObject({ ttftSeconds: 0.25, e2eSeconds: expect.closeTo(0.5, 12) });
  });

  it.each([
    {
      text: "arrival_s,input_tokens\n0,1\n",
      says: ["run:1 table_missing_column", "run:1 table_missing_column"],
      because: "output and E2E are missing",
    },
    {
      text: `${HEADER}\n0,0,x,20,70,500,1\n0,0,5,0,70,500,1\n`,
      says: ["run:2 table_bad_number", "run:3 table_bad_number"],
      because: "a prompt is no number, an answer is empty",
    },
    { text: `${HEADER}\n0,0,5,20,70,60,1\n`, says: ["run:2 table_bad_number"], because: "the last token comes before the first" },
    { text: `${HEADER}\n0,0,5\n`, says: ["run:2 table_bad_csv"], because: "values are missing" },
    { text: `${HEADER}\n`, says: ["run: table_no_rows"], because: "there are no rows" },
    { text: `${HEADER}\n0,0,5,20,70,80,0\n`, says: ["run: measured_nothing"], because: "every request failed" },
  ])("refuses a file because $because", ({ text, says }) => {
    expect(refusal(text)).toEqual(says);
  });

  it("shows the first 20 issues and counts the rest", () => {
    const says = refusal(`${HEADER}\n${"0,0,x,20,70,80,1\n".repeat(30)}`);
    expect(says).toHaveLength(21);
    expect(says.at(-1)).toBe("run: table_more_issues");
  });
});

describe("reading rows per step", () => {
  it("takes prompt tokens for one prompt from its beginning unless the file says otherwise", () => {
    const step = firstStep("step_ms,decode_sequences,context_tokens,prompt_tokens\n12.5,8,9000,100\n");
    expect(step).toEqual({ decodeSequences: 8, contextTokens: 9000, promptTokens: 100, promptTokenContext: 5000, stepSeconds: 0.0125 });
    const told = firstStep("step_us,n_decode,kv_tokens,prompt_tokens,prompt_token_context\n900,1,10,4,400\n");
    expect(told).toMatchObject({ stepSeconds: 900 * 1e-6, promptTokenContext: 400 });
  });

  it("names the columns it lacks", () => {
    expect(refusal("step_ms\n3\n")).toEqual(["run:1 table_missing_column", "run:1 table_missing_column"]);
  });
});

describe("reading results of vllm bench serve", () => {
  const detailed = {
    request_throughput: 1,
    request_rate: 2,
    input_lens: [100, 200, 50],
    output_lens: [3, 2, 0],
    ttfts: [0.1, 0.2, 0],
    itls: [[0.01, 0.02], [0.03], []],
    start_times: [1000.5, 1000, 1001],
    errors: ["", "", "refused"],
  };

  it("takes start times, TTFT and the gaps between tokens, without failed requests", () => {
    expect(requests(JSON.stringify(detailed))).toMatchObject([
      { arrivalSeconds: 0, outputTokens: 2, e2eSeconds: 0.23 },
      { arrivalSeconds: 0.5, outputTokens: 3, e2eSeconds: expect.closeTo(0.13, 12) },
    ]);
  });

  it("keeps a request that failed halfway as load, without latencies", () => {
    const halfway = { ...detailed, output_lens: [3, 2, 4] };
    expect(requests(JSON.stringify(halfway))[2]).toMatchObject({ outputTokens: 4, ttftSeconds: Number.NaN, e2eSeconds: Number.NaN });
  });

  it("finds out when a closed loop of clients sent what has no start times", () => {
    const closed = {
      ...detailed,
      request_rate: "inf",
      max_concurrency: 1,
      start_times: undefined,
      output_lens: [3, 2, 1],
      ttfts: [0.1, 0.2, 0.3],
    };
    const arrivals = requests(JSON.stringify({ ...closed, errors: [] })).map(({ arrivalSeconds }) => arrivalSeconds);
    expect(arrivals).toEqual([0, expect.closeTo(0.13, 12), expect.closeTo(0.36, 12)]);
  });

  it("reads appended results as runs of their own", () => {
    const line = JSON.stringify(detailed);
    expect(readMeasurements(`${line}\n${line}\n`, "run").runs.map(({ name }) => name)).toEqual(["run#1", "run#2"]);
  });

  it.each([
    { result: { request_throughput: 1, mean_ttft_ms: 80 }, says: "measured_no_details", because: "it was saved without details" },
    {
      result: { ...detailed, start_times: undefined },
      says: "measured_no_start_times",
      because: "nobody can say when requests came at a finite rate",
    },
    { result: { ...detailed, itls: undefined }, says: "measured_no_details", because: "the answers have no length in time" },
    { result: { hello: 1 }, says: "measured_unknown_format", because: "it is something else" },
  ])("refuses a result because $because", ({ result, says }) => {
    expect(refusal(JSON.stringify(result))).toEqual([`run: ${says}`]);
  });

  it("refuses JSON that is none", () => {
    expect(refusal('{"ttfts": [')).toEqual(["run: measured_bad_json"]);
  });
});

describe("reading reports of GuideLLM", () => {
  const request = { request_start_time: 50, request_latency: 2, prompt_tokens: 100, output_tokens: 40, time_to_first_token_ms: 90 };
  const report = (requests: readonly unknown[], more: object = {}): string =>
    JSON.stringify({ benchmarks: [{ requests: { successful: requests }, ...more }] });

  it("takes every successful request", () => {
    expect(requests(report([request, { ...request, request_start_time: 49 }]))).toMatchObject([
      { arrivalSeconds: 0, ttftSeconds: 0.09, e2eSeconds: 2 },
      { arrivalSeconds: 1 },
    ]);
  });

  it("knows the name that older versions gave to the start", () => {
    const { request_start_time: start_time, ...rest } = request;
    expect(requests(report([{ ...rest, start_time }]))).toHaveLength(1);
  });

  it("makes a run of each benchmark", () => {
    const two = JSON.stringify({ benchmarks: [0, 1].map(() => ({ requests: { successful: [request] } })) });
    expect(readMeasurements(two, "run").runs.map(({ name }) => name)).toEqual(["run#1", "run#2"]);
  });

  it.each([
    { text: report([]), because: "it holds no requests" },
    { text: report([{ ...request, prompt_tokens: null }]), because: "a request does not tell its prompt tokens" },
    { text: report([request], { metrics: { request_totals: { successful: 9 } } }), because: "it holds a sample of its requests only" },
  ])("refuses a report because $because", ({ text }) => {
    expect(refusal(text)).toEqual(["run: measured_no_details"]);
  });
});
