import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { ValidationCase } from "./cases.ts";
import { contradictions } from "./row-figures.ts";

const root = mkdtempSync(join(tmpdir(), "rows-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it("a case is held against its own rows, where they say something", () => {
  const workload = join(root, "w.csv");
  writeFileSync(workload, "arrival_s,input_tokens,output_tokens,ttft_ms,e2e_ms\n0,10,11,20,120\n1,10,11,40,140\n");
  const of = (measured: object): readonly string[] =>
    contradictions({ file: "a.json", runs: [{ workload, role: "check", measured }] } as unknown as ValidationCase);
  expect(of({ requests: 2, ttft_ms: { mean: 30.1, p50: 30 }, tpot_ms: { mean: 10 }, e2e_ms: { mean: 130 } })).toEqual([]);
  expect(of({ requests: 3, ttft_ms: { mean: 30, p99: 41 }, e2e_ms: { mean: 100 } })).toEqual([
    `a.json: ${workload}: requests is 3, it has 2 rows`,
    `a.json: ${workload}: ttft_ms.p99 is 41, its rows make 39.80`,
    `a.json: ${workload}: e2e_ms.mean is 100, its rows make 130.00`,
  ]);
  writeFileSync(workload, "arrival_s,input_tokens,output_tokens\n0,10,11\n");
  expect(of({ requests: 1, ttft_ms: { mean: 30 } })).toEqual([]);
});
