import { describe, expect, it } from "vitest";
import { detectFormat } from "./detect-format.ts";
import { memoryTrace } from "./trace-flow.ts";

describe("detectFormat", () => {
  it.each([
    {
      text: "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.68,1,1\n",
      format: "azure",
      because: "the columns of Azure's files",
    },
    {
      text: "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n",
      format: "burstgpt",
      because: "its columns have blanks",
    },
    {
      text: '{"timestamp": 0, "input_length": 1, "output_length": 1, "hash_ids": []}\n',
      format: "mooncake",
      because: "milliseconds and lengths",
    },
    { text: '\n{"arrival_s": 0, "input_tokens": 1, "output_tokens": 1}\n', format: "jsonl", because: "objects, of our own columns" },
    { text: "arrival_s,input_tokens,output_tokens\n", format: "csv", because: "our own columns" },
    { text: "PAR1…", format: "parquet", because: "the magic word" },
    { text: '{"status":"success","data":{"resultType":"matrix","result":[]}}', format: "prometheus", because: "an answer of the API" },
    { text: "client,window_start_s,rate_rps,cv,family,shape,scale\n", format: "servegen", because: "windows with rates" },
    {
      text: "INFO 10-01 18:43:20 api.py:1] start\nINFO 10-01 18:43:27 logger.py:36] Received request cmpl-1: prompt: ''\n",
      format: "vllm-log",
      because: "a request came in",
    },
    { text: "nothing known", format: "csv", because: "its reader says what is missing" },
  ])("takes a file for $format: $because", ({ text, format }) => {
    expect(detectFormat(memoryTrace("any", text).text())).toBe(format);
  });
});
