import { describe, expect, it } from "vitest";
import { checkRuns } from "./check-runs.ts";
import type { MeasuredRun } from "./measured-run.ts";
import type { Server } from "./serve-run.ts";

/** A server of which only the limits count here. */
function serverWith(limits: { readonly maxSequences: number; readonly kvBlocks: number; readonly maxModelTokens?: number }): Server {
  const engine = { blockTokens: 16, maxModelTokens: 10_000, ...limits };
  return { deployment: { serving: { engine } } } as unknown as Server;
}

/** One request a second, each open for so long; 100 tokens of prompt, 120 of answer. */
function runOf(openSeconds: number, count = 100): MeasuredRun {
  const requests = Array.from({ length: count }, (_, arrivalSeconds) => ({
    arrivalSeconds,
    promptTokens: 100,
    outputTokens: 120,
    ttftSeconds: 0.1,
    e2eSeconds: openSeconds,
  }));
  return { name: `${openSeconds} s each`, requests };
}

describe("checking the runs to be fitted", () => {
  it.each([
    { openSeconds: 9.5, limits: { maxSequences: 10, kvBlocks: 1000 }, codes: [], because: "9 of 10 places were taken most of the time" },
    { openSeconds: 5, limits: { maxSequences: 10, kvBlocks: 1000 }, codes: ["no_saturated_run"], because: "half the places were free" },
    { openSeconds: 5, limits: { maxSequences: 10, kvBlocks: 50 }, codes: [], because: "the cache holds 5 requests of 160 tokens" },
    {
      openSeconds: 9.5,
      limits: { maxSequences: 10, kvBlocks: 1000, maxModelTokens: 200 },
      codes: ["measured_too_long"],
      because: "the engine would refuse requests of 220 tokens",
    },
  ])("finds $codes: $because", ({ openSeconds, limits, codes }) => {
    expect(checkRuns(serverWith(limits), [runOf(openSeconds)]).map(({ code }) => code)).toEqual(codes);
  });

  it("does not take a moment at the limit for saturation", () => {
    const burst = Array.from({ length: 10 }, () => ({
      arrivalSeconds: 50,
      promptTokens: 100,
      outputTokens: 120,
      ttftSeconds: 0.1,
      e2eSeconds: 1,
    }));
    const { name, requests } = runOf(1);
    const withBurst = { name, requests: [...requests, ...burst].sort((a, b) => a.arrivalSeconds - b.arrivalSeconds) };
    expect(checkRuns(serverWith({ maxSequences: 10, kvBlocks: 1000 }), [withBurst])).toEqual([
      { code: "no_saturated_run", severity: "warning", path: [], data: { peak: 11, places: 10 } },
    ]);
  });

  it("is content when one run of several is saturated, and has nothing to say of steps alone", () => {
    const server = serverWith({ maxSequences: 10, kvBlocks: 1000 });
    expect(checkRuns(server, [runOf(1), runOf(9.5)])).toEqual([]);
    expect(checkRuns(server, [])).toEqual([]);
  });
});
