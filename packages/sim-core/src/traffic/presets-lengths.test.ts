import { describe, expect, it } from "vitest";
import { mixOf } from "./mix.ts";
import { HOURLY_PROFILES, LENGTHS_PRESETS } from "./presets-lengths.ts";

describe("LENGTHS_PRESETS", () => {
  it.each([...LENGTHS_PRESETS])("%s has the mean lengths of its trace within 6 %, in ordered tables from 0 to 1", (_name, preset) => {
    const { meanPromptTokens, meanOutputTokens } = mixOf(preset.lengths);
    expect(Math.abs(meanPromptTokens / preset.measuredMeanPromptTokens - 1)).toBeLessThan(0.06);
    expect(Math.abs(meanOutputTokens / preset.measuredMeanOutputTokens - 1)).toBeLessThan(0.06);
    for (const table of [preset.lengths.promptTokens, preset.lengths.outputTokens]) {
      const points = table.kind === "quantiles" ? table.points : [];
      expect([points[0]?.[0], points[points.length - 1]?.[0], (points[0]?.[1] ?? 0) >= 1]).toEqual([0, 1, true]);
      points.slice(1).forEach(([probability, value], i) => {
        expect(probability).toBeGreaterThan(points[i]?.[0] as number);
        expect(value).toBeGreaterThanOrEqual(points[i]?.[1] as number);
      });
    }
    expect(preset.attribution.license).not.toBe("");
  });
});

describe("HOURLY_PROFILES", () => {
  it.each([...HOURLY_PROFILES])("%s has 24 factors of mean 1", (_name, { hourly }) => {
    expect(hourly).toHaveLength(24);
    expect(Math.abs(hourly.reduce((sum, factor) => sum + factor, 0) / 24 - 1)).toBeLessThan(0.01);
  });
});
