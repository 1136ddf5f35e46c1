import { describe, expect, it } from "vitest";
import { peakConcurrency, readBenchmark, splitRun } from "./benchmark-files.ts";

const codesOf = (text: string): unknown => {
  const read = readBenchmark("b", text);
  return "issues" in read ? read.issues.map(({ code, line }) => (line === undefined ? code : `${code}:${line}`)) : "good";
};

describe("a benchmark file", () => {
  it("of rows is read with its units, from its first arrival on; what failed is not measured", () => {
    const text = "send_s,input_tokens,output_tokens,ttft_ms,e2e_ms,ok\n12,10,5,30,90,1\n10.5,8,4,20,60,1\n13,9,4,0,0,0\n";
    expect(readBenchmark("b", text)).toEqual({
      runs: [
        {
          name: "b",
          requests: [
            { arrivalSeconds: 0, promptTokens: 8, outputTokens: 4, ttftSeconds: 0.02, e2eSeconds: 0.06 },
            { arrivalSeconds: 1.5, promptTokens: 10, outputTokens: 5, ttftSeconds: 0.03, e2eSeconds: 0.09 },
            { arrivalSeconds: 2.5, promptTokens: 9, outputTokens: 4, ttftSeconds: Number.NaN, e2eSeconds: Number.NaN },
          ],
        },
      ],
    });
  });

  it("of vllm bench serve is read when it has the details", () => {
    const detailed = {
      input_lens: [100, 200, 50],
      output_lens: [3, 2, 1],
      ttfts: [0.1, 0.2, 0],
      itls: [[0.05, 0.07], [0.1], []],
      start_times: [10, 11.5, 12],
      errors: ["", "", "time-out"],
    };
    expect(readBenchmark("b", JSON.stringify(detailed))).toMatchObject({
      runs: [
        {
          requests: [
            { arrivalSeconds: 0, promptTokens: 100, ttftSeconds: 0.1, e2eSeconds: expect.closeTo(0.22, 12) },
            { arrivalSeconds: 1.5, outputTokens: 2, e2eSeconds: expect.closeTo(0.3, 12) },
            { arrivalSeconds: 2, e2eSeconds: Number.NaN },
          ],
        },
      ],
    });
    const { start_times: _, ...without } = detailed;
    expect(readBenchmark("b", JSON.stringify(without))).toMatchObject({
      issues: [{ code: "benchmark_not_detailed", data: { missing: ["start_times"] } }],
    });
  });

  it("of GuideLLM has a run for each benchmark", () => {
    const request = { request_start_time: 5, prompt_tokens: 100, output_tokens: 20, time_to_first_token_ms: 50, request_latency: 1.5 };
    const older = { start_time: 7, end_time: 9, prompt_tokens: 100, output_tokens: 20, time_to_first_token_ms: 60 };
    const text = JSON.stringify({ benchmarks: [{ requests: { successful: [request] } }, { requests: { successful: [older] } }, {}] });
    expect(readBenchmark("b", text)).toMatchObject({
      runs: [
        { name: "b[0]", requests: [{ arrivalSeconds: 0, ttftSeconds: 0.05, e2eSeconds: 1.5 }] },
        { name: "b[1]", requests: [{ e2eSeconds: 2 }] },
      ],
    });
  });

  it.each([
    ["a,b\n1,2\n", ["benchmark_missing_column"]],
    ["arrival_s,input_tokens,output_tokens,e2e_ms\n", ["benchmark_empty"]],
    ["arrival_s,input_tokens,output_tokens,e2e_ms\n0,1,1,5\n1,-3,1,5\n", ["benchmark_bad_row:3"]],
    ["arrival_s,input_tokens,output_tokens,e2e_ms\n0,1\n", ["benchmark_bad_csv"]],
    ["{", ["benchmark_bad_json"]],
    ['{"mean_ttft_ms": 3}', ["benchmark_unknown_json"]],
    ['{"benchmarks": []}', ["benchmark_empty"]],
  ])("that cannot be used says why: %j", (text, codes) => {
    expect(codesOf(text)).toEqual(codes);
  });
});

const run = (...spans: (readonly [number, number])[]) => ({
  name: "r",
  requests: spans.map(([arrivalSeconds, e2eSeconds]) => ({ arrivalSeconds, promptTokens: 1, outputTokens: 1, ttftSeconds: 0, e2eSeconds })),
});

it("counts the requests that were open at once; one that ends makes room for one that comes", () => {
  expect(peakConcurrency(run([0, 2], [1, 2], [2, 1]))).toBe(2);
  expect(peakConcurrency(run([0, Number.NaN]))).toBe(0);
});

it("splits a run in time, and begins the second part anew", () => {
  const [first, rest] = splitRun(run([0, 1], [1, 1], [2, 1], [5, 1]), 0.5);
  expect(first.requests.map(({ arrivalSeconds }) => arrivalSeconds)).toEqual([0, 1]);
  expect(rest.requests.map(({ arrivalSeconds }) => arrivalSeconds)).toEqual([0, 3]);
});
