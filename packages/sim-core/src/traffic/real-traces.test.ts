import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LENGTHS_PRESETS } from "./presets-lengths.ts";
import { scanTrace } from "./trace-scan.ts";
import { traceFromText } from "./trace-text.ts";

const data = process.env["REPLICAST_DATA"];

/** Needs the public traces, which are not part of the repository: set REPLICAST_DATA to the folder that holds them. */
describe.skipIf(data === undefined)("public traces in $REPLICAST_DATA", () => {
  const scan = (name: string) => scanTrace(traceFromText(readFileSync(`${data}/samples/${name}`, "utf8")), name);

  it("reads the hour of Azure's conversation trace, whose lengths the preset has", () => {
    const hour = scan("azure-2023-conv-1h.csv");
    expect([hour.issueCount, hour.rows, hour.firstSeconds]).toEqual([0, 19_366, 0]);
    const preset = LENGTHS_PRESETS.get("azure-conversation-2023");
    expect(hour.meanPromptTokens).toBeCloseTo(preset?.measuredMeanPromptTokens ?? 0, -1);
    expect(hour.meanOutputTokens).toBeCloseTo(preset?.measuredMeanOutputTokens ?? 0, 0);
  });

  it("reads Mooncake's JSON lines", () => {
    const { issueCount, rows, lastSeconds } = scan("mooncake-conversation-10min.jsonl");
    expect([issueCount, rows, lastSeconds < 600]).toEqual([0, 1750, true]);
  });
});
