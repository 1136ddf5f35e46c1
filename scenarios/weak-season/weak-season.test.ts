import { expect, it } from "vitest";
import { forecastLines } from "../../packages/report/src/forecasts.ts";
import { compareScenario } from "../../tools/golden.mjs";

it("lets a daily season win nothing from clients that come when they have work: it loses to the last value, and the report says so", () => {
  const { runs, ranking } = compareScenario("weak-season").comparison;
  const errorsOf = (policy: string) => {
    const errors = runs.find((run) => run.policy === policy)?.forecasts?.[0]?.errors;
    return { wape: errors?.wape ?? Number.NaN, lastValueWape: errors?.lastValueWape ?? Number.NaN };
  };
  for (const seasonal of ["daily Holt-Winters", "yesterday"]) {
    const { wape, lastValueWape } = errorsOf(seasonal);
    expect(wape, seasonal).toBeGreaterThan(lastValueWape);
    expect(ranking.indexOf("no season"), seasonal).toBeLessThan(ranking.indexOf(seasonal));
  }
  for (const plain of ["no season", "autoregression"]) {
    const { wape, lastValueWape } = errorsOf(plain);
    expect(wape, plain).toBeLessThan(lastValueWape);
  }
  expect(errorsOf("yesterday").wape).toBeGreaterThan(3 * errorsOf("no season").wape);
  const said = forecastLines(runs).filter((line) => /The season of 1 d does worse than that: this load does not follow it\.$/.test(line));
  expect(said.map((line) => line.slice(0, line.indexOf(":")))).toEqual(["daily Holt-Winters", "yesterday"]);
});
