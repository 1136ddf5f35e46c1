import { describe, expect, it } from "vitest";
import { readFlags, wholeNumber } from "./flags.ts";

const read = (...texts: string[]) => readFlags(texts.map((text, index) => ({ text, path: ["args", index], isScript: false })));
const pairs = (...texts: string[]) => read(...texts).flags.map(({ name, value }) => [name, value]);

describe("vLLM's flags", () => {
  it.each([
    { words: ["--max-num-seqs=8"], flags: [["max-num-seqs", "8"]], because: "with an equals sign" },
    { words: ["--max-num-seqs", "8"], flags: [["max-num-seqs", "8"]], because: "in two words" },
    { words: ["--max_num_seqs=8"], flags: [["max-num-seqs", "8"]], because: "underscores are dashes" },
    { words: ["-tp", "4", "-pp=2", "-q", "fp8"], flags: [["tensor-parallel-size", "4"], ["pipeline-parallel-size", "2"], ["quantization", "fp8"]], because: "short names" }, // biome-ignore format: one row per case
    { words: ["--enforce-eager", "m"], flags: [["enforce-eager", undefined]], because: "a switch takes no value" },
    { words: ["--no-enable-prefix-caching"], flags: [["no-enable-prefix-caching", undefined]], because: "a switch that is off" },
    { words: ["--max-model-len", "-1"], flags: [["max-model-len", "-1"]], because: "a negative number is a value" },
    { words: ["--dtype", "half", "--dtype=auto"], flags: [["dtype", "auto"]], because: "the last one counts" },
    { words: ["--speculative-config.method", "ngram"], flags: [["speculative-config", "ngram"]], because: "keys of a configuration" },
    { words: ["--seed=", "--port", "--host", "x"], flags: [["seed", ""], ["port", undefined], ["host", "x"]], because: "nothing is taken that begins a flag" }, // biome-ignore format: one row per case
  ])("are read from $words: $because", ({ words, flags }) => {
    expect(pairs(...words)).toEqual(flags);
  });

  it("begin with the model of vllm serve, where it has one", () => {
    expect(read("org/model", "--port", "80").positional?.text).toBe("org/model");
    expect(read("--port", "80", "x").positional).toBeUndefined();
  });

  it("show entries that hold a flag and its value, which the server refuses", () => {
    expect(read("--max-num-seqs 8", "--port=80").glued.map(({ text }) => text)).toEqual(["--max-num-seqs 8"]);
  });
});

it.each([
  ["8192", 8192],
  ["32k", 32_000],
  ["32K", 32_768],
  ["25.6k", 25_600],
  ["1.5K", undefined],
  ["0.5", undefined],
  ["-1", -1],
  ["$(LEN)", undefined],
  ["", undefined],
])("the number %s is %s", (text, number) => {
  expect(wholeNumber(text)).toBe(number);
});
