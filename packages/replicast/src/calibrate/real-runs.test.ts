import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { findPreset, type ServingPreset } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { calibrate } from "./calibrate.ts";
import type { RequestErrors } from "./errors.ts";
import { readMeasurements } from "./read/read-measurements.ts";

const dataFolder = process.env["REPLICAST_DATA"];
const file = (run: string): string => `${dataFolder}/e2e/qwen3-14b-h100-${run}.csv.gz`;
const isThere = dataFolder !== undefined && existsSync(file("rate2"));

describe.skipIf(!isThere)("calibrating on Qwen3-14B, H100 (needs the measured runs in $REPLICAST_DATA)", () => {
  const read = (run: string) => readMeasurements(gunzipSync(readFileSync(file(run))).toString("utf8"), run);
  const { model, gpu, gpusPerReplica, engine } = findPreset("qwen3-14b_h100_tp1") as ServingPreset;
  const setup = {
    model,
    gpu,
    gpusPerReplica,
    engine: { ...engine, kvBlocks: 18_038, maxModelTokens: 40_960, warmUp: { factor: 1, requests: 1 } },
  };

  it("predicts a rate that was not fitted: mean E2E and TPOT within 1 %, mean TTFT within 5 %, single requests within 1.5 %", () => {
    const { errors, warnings } = calibrate([...read("rate2"), ...read("rate8")], { ...setup, checks: read("rate4") });
    const check = errors.at(-1)?.errors as RequestErrors;
    expect(check.requests).toBe(2363);
    expect(Math.abs(check.e2eMeanPercent)).toBeLessThan(1);
    expect(Math.abs(check.tpotMeanPercent)).toBeLessThan(1);
    expect(Math.abs(check.ttftMeanPercent)).toBeLessThan(5);
    expect(check.perRequestE2ePercent).toBeLessThan(1.5);
    expect(warnings.map(({ code }) => code)).toEqual(["no_saturated_run"]);
  });
});
