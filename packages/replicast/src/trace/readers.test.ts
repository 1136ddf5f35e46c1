import { InputError, type Issue, type TraceRow } from "@replicast/sim-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type OpenFlowOptions, openFlow } from "./open-flow.ts";
import { readRateSeries, totalOf } from "./rate-series.ts";
import { collectRows, memoryTrace, type TraceInput } from "./trace-flow.ts";

async function read(
  text: string,
  options: OpenFlowOptions = {},
): Promise<{ readonly rows: readonly TraceRow[]; readonly issues: readonly Issue[] }> {
  const issues: Issue[] = [];
  const rows = await collectRows(await openFlow(memoryTrace("file", text), { report: (issue) => void issues.push(issue), ...options }));
  return { rows, issues };
}

async function refusal(text: string, options: OpenFlowOptions = {}): Promise<readonly Issue[]> {
  try {
    await read(text, options);
  } catch (error) {
    if (error instanceof InputError) return error.issues;
    throw error;
  }
  return [];
}

describe("traces of others", () => {
  it("reads BurstGPT, and tells the lines of failed requests, which have no answer", async () => {
    const text =
      "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n5,ChatGPT,472,18,490,Conversation log\n45,GPT-4,1087,0,1087,API log\n";
    const { rows, issues } = await read(text);
    expect(rows).toMatchObject([{ line: 2, seconds: 5, promptTokens: 472, outputTokens: 18, model: "ChatGPT" }]);
    expect(issues).toMatchObject([{ code: "trace_bad_tokens", line: 3, data: { column: "Response tokens", value: "0" } }]);
  });

  it("reads both Azure files, which write dates in different ways", async () => {
    const rows = async (first: string, second: string): Promise<readonly TraceRow[]> =>
      (await read(`TIMESTAMP,ContextTokens,GeneratedTokens\n${first},374,44\n${second},396,109\n`)).rows;
    expect(await rows("2023-11-16 18:15:46.6805900", "2023-11-16 18:15:50.9951690")).toMatchObject([{ seconds: 0 }, { seconds: 4.314579 }]);
    expect(await rows("2024-05-10 00:00:00.009930+00:00", "2024-05-10 00:00:00.017335+00:00")).toMatchObject([
      { seconds: 0 },
      { seconds: 0.007405 },
    ]);
  });

  it("spreads Mooncake's stamps within their 3 seconds, never beyond the next stamp, the same for the same seed", async () => {
    const stamps = [0, 0, 0, 3000, 3000, 4000, 9000];
    const text = stamps.map((timestamp) => `{"timestamp": ${timestamp}, "input_length": 10, "output_length": 5}\n`).join("");
    const seconds = (await read(text)).rows.map((row) => row.seconds);
    const steps = [0, 0, 0, 3, 3, 4, 9];
    const ends = [3, 3, 3, 4, 4, 7, 12];
    expect(seconds.every((at, i) => at >= (steps[i] as number) && at < (ends[i] as number))).toBe(true);
    expect(new Set(seconds).size).toBe(stamps.length);
    expect([...seconds].sort((a, b) => a - b)).toEqual(seconds);
    expect((await read(text)).rows.map((row) => row.seconds)).toEqual(seconds);
    expect((await read(text, { seed: "2" })).rows.map((row) => row.seconds)).not.toEqual(seconds);
    expect((await read(text, { spreadSeconds: 0 })).rows.map((row) => row.seconds)).toEqual(steps);
  });
});

const RECEIVED = (time: string, ids: string, max: string): string =>
  `INFO ${time} logger.py:36] Received request cmpl-1-0: prompt: 'max_tokens=9', params: SamplingParams(n=1, temperature=1.0, max_tokens=${max}, min_tokens=0), ${ids}lora_request: None.`;

describe("a log of vLLM", () => {
  it("counts the ids of a prompt and passes over New Year", async () => {
    const lines = [
      "INFO 12-31 23:59:58 api_server.py:1] starting",
      RECEIVED("12-31 23:59:58", "prompt_token_ids: [1, 2, 3], ", "16"),
      "INFO:     10.0.0.1:5 - POST /v1/completions 200 OK",
      RECEIVED("01-01 00:00:03", "prompt_token_ids: [4], ", "32"),
    ];
    const { rows, issues } = await read(lines.join("\n"), { outputTokens: "max", spreadSeconds: 0 });
    expect(rows).toEqual([
      { line: 2, seconds: 0, promptTokens: 3, outputTokens: 16 },
      { line: 4, seconds: 5, promptTokens: 1, outputTokens: 32 },
    ]);
    expect(issues).toEqual([]);
  });

  it("reads the lines of servers that log no prompts, when it is told their lengths", async () => {
    const line =
      "(APIServer pid=90458) INFO 02-13 11:33:33 [logger.py:49] Received request chatcmpl-a2: params: SamplingParams(n=1, max_tokens=100), lora_request: None.";
    expect((await read(line, { outputTokens: 7, promptTokens: 50, spreadSeconds: 0 })).rows).toMatchObject([
      { promptTokens: 50, outputTokens: 7 },
    ]);
    expect((await read(line, { outputTokens: 7 })).issues).toMatchObject([{ code: "trace_log_without_prompt", line: 1 }]);
  });

  it("is refused without a word on the answers, whose lengths it cannot know", async () => {
    expect(await refusal(RECEIVED("02-13 11:33:33", "prompt_token_ids: [1], ", "5"))).toMatchObject([{ code: "trace_output_unknown" }]);
    const { issues } = await read(RECEIVED("02-13 11:33:33", "prompt_token_ids: [1], ", "None").replace("max_tokens=9", ""), {
      outputTokens: "max",
    });
    expect(issues).toMatchObject([{ code: "trace_log_without_limit", line: 1 }]);
  });
});

const answer = (values: readonly (readonly [number, string])[]): string =>
  JSON.stringify({ status: "success", data: { resultType: "matrix", result: [{ metric: {}, values }] } });
const series = (name: string, values: readonly (readonly [number, string])[]): TraceInput => memoryTrace(name, answer(values));

describe("a rate of Prometheus", () => {
  const points = fc
    .array(fc.integer({ min: 0, max: 400 }), { minLength: 2, maxLength: 40 })
    .map((rates) => rates.map((rate, i): readonly [number, string] => [1_700_000_000 + 15 * i, String(rate / 10)]));

  it("becomes as many requests as its integral, to one, in order, and exactly when each is due", async () => {
    await fc.assert(
      fc.asyncProperty(points, async (values) => {
        const { rows } = await read(answer(values), { arrivals: "even", promptTokens: 1, outputTokens: 1 });
        const total = totalOf(readRateSeries(series("rate", values)));
        expect(Math.abs(rows.length - total)).toBeLessThanOrEqual(0.5 + 1e-6);
        expect(
          rows.every(
            ({ seconds }, i) => seconds >= 0 && seconds <= 15 * values.length && (i === 0 || seconds >= (rows[i - 1] as TraceRow).seconds),
          ),
        ).toBe(true);
      }),
    );
  });

  it("places requests where the integral of a rising rate says", async () => {
    // 0 → 2/s in 10 s: integral t²/10, so request n arrives at √(10·(n − ½))
    const { rows } = await read(
      answer([
        [0, "0"],
        [10, "2"],
      ]),
      { arrivals: "even", promptTokens: 1, outputTokens: 1 },
    );
    for (const [i, { seconds }] of rows.entries()) expect(seconds).toBeCloseTo(Math.sqrt(10 * (i + 0.5)), 9);
    expect(rows.length).toBe(10);
  });

  it("keeps the totals of tokens within half a token, whatever rounding does", async () => {
    const flat = (value: string): (readonly [number, string])[] => Array.from({ length: 101 }, (_, i) => [15 * i, value] as const);
    const { rows } = await read(answer(flat("4")), {
      arrivals: "even",
      promptRate: series("p", flat("1001")),
      outputRate: series("o", flat("130.7")),
    });
    const sum = (of: (row: TraceRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
    expect(Math.abs(sum((row) => row.promptTokens) - (1001 / 4) * rows.length)).toBeLessThanOrEqual(0.5);
    expect(Math.abs(sum((row) => row.outputTokens) - (130.7 / 4) * rows.length)).toBeLessThanOrEqual(0.5);
  });

  it("adds series up, draws a line over what could not be computed, and arrives by chance unless told otherwise", async () => {
    const text = JSON.stringify({
      status: "success",
      data: {
        resultType: "matrix",
        result: [
          {
            metric: { pod: "a" },
            values: [
              [0, "3"],
              [500, "NaN"],
              [1000, "3"],
            ],
          },
          {
            metric: { pod: "b" },
            values: [
              [0, "2"],
              [1000, "2"],
            ],
          },
        ],
      },
    });
    expect(totalOf(readRateSeries(memoryTrace("sum", text)))).toBe(5000);
    const { rows } = await read(text, { promptTokens: 1, outputTokens: 1 });
    expect(Math.abs(rows.length - 5000)).toBeLessThan(4 * Math.sqrt(5000));
    expect((await read(text, { promptTokens: 1, outputTokens: 1, seed: "2" })).rows.length).not.toBe(rows.length);
  });

  it.each([
    { text: answer([[0, "1"]]), code: "trace_bad_prometheus", because: "one point spans no time" },
    {
      text: answer([
        [0, "-1"],
        [1, "1"],
      ]),
      code: "trace_bad_prometheus",
      because: "a rate is never negative",
    },
    { text: '{"status":"error","error":"bad query"}', code: "trace_bad_prometheus", because: "Prometheus refused" },
    { text: '{"status":"success","data":{"resultType":"vector","result":[]}}', code: "trace_bad_prometheus", because: "an instant query" },
  ])("refuses $text: $because", async ({ text, code }) => {
    expect(await refusal(text, { promptTokens: 1, outputTokens: 1 })).toMatchObject([{ code }]);
  });

  it("refuses a rate of requests without lengths", async () => {
    expect(
      await refusal(
        answer([
          [0, "1"],
          [1, "1"],
        ]),
        { promptTokens: 1 },
      ),
    ).toMatchObject([{ code: "trace_lengths_unknown", data: { missing: "output" } }]);
  });
});

describe("clients of ServeGen", () => {
  const header = "client,window_start_s,rate_rps,cv,family,shape,scale\n";
  const table = `${header}a,0,5,2,Gamma,0.25,0.8\na,600,0,0,,0,0\na,1200,10,1,,0,0\nb,0,2,1.4,Weibull,0.7,0.4\nb,600,2,1.4,Weibull,0.7,0.4\nb,1200,2,1.4,Weibull,0.7,0.4\n`;

  it("send as often as each window says, each as a tenant, and nothing in a window without a rate", async () => {
    const { rows } = await read(table, { promptTokens: 100, outputTokens: 10 });
    const count = (tenant: string, from: number, to: number): number =>
      rows.filter((row) => row.tenant === tenant && row.seconds >= from && row.seconds < to).length;
    expect(count("a", 600, 1200)).toBe(0);
    // standard deviations: CV 2 on 3,000 requests: 110; Poisson on 6,000: 77; CV about 1.5 on 3,600: 90
    expect(Math.abs(count("a", 0, 600) - 3000)).toBeLessThan(440);
    expect(Math.abs(count("a", 1200, 1800) - 6000)).toBeLessThan(310);
    expect(Math.abs(count("b", 0, 1800) - 3600)).toBeLessThan(360);
    expect(rows.every(({ seconds }, i) => i === 0 || seconds >= (rows[i - 1] as TraceRow).seconds)).toBe(true);
  });

  it("draw lengths from their own quantiles; a client without any is refused", async () => {
    const lengths = memoryTrace(
      "lengths.csv",
      `client,field,p1,p5,p10,p25,p50,p75,p90,p95,p99\na,input_tokens,${"7,".repeat(8)}7\na,output_tokens,1,2,3,4,50,60,70,80,90\n`,
    );
    const [onlyA] = table.split("b,0");
    const { rows } = await read(onlyA as string, { clientLengths: lengths });
    expect(rows.every(({ promptTokens }) => promptTokens === 7)).toBe(true);
    const outputs = rows.map(({ outputTokens }) => outputTokens).sort((a, b) => a - b);
    expect(Math.abs((outputs[Math.floor(outputs.length / 2)] as number) - 50)).toBeLessThan(3);
    expect(await refusal(table, { clientLengths: lengths })).toMatchObject([
      { code: "trace_client_lengths", data: { client: "b", field: "input_tokens" } },
    ]);
  });

  it("are refused with the line of a field that is no number", async () => {
    expect(await refusal(`${header}a,0,fast,1,,0,0\n`, { promptTokens: 1, outputTokens: 1 })).toMatchObject([
      { code: "trace_bad_number", line: 2, data: { column: "rate_rps" } },
    ]);
  });
});
