import { expect, it } from "vitest";
import { readingFrom } from "./readings.ts";
import type { HpaMetric } from "./spec.ts";

const external: HpaMetric = { type: "External", metric: { name: "x" }, target: { type: "Value", valueMilli: "1" } };
const cpu: HpaMetric = { type: "Resource", resource: "cpu", target: { type: "Utilization", averageUtilization: 50 } };

it.each([
  { value: 0.0009, milli: 0n, because: "what is below a thousandth is lost" },
  { value: 32.3, milli: 32_299n, because: "the product in doubles falls just below" },
  { value: -1.5, milli: -1500n, because: "negative values stay" },
  { value: Number.NaN, milli: 0n, because: "not a number is sent as 0" },
])("truncates a custom metric of $value to $milli thousandths: $because", ({ value, milli }) => {
  const reading = readingFrom(external, { ok: true, elements: [{ labels: {}, value }] }, 0);
  expect(reading).toEqual({ kind: "values", valuesMilli: [milli] });
});

it("rounds cpu up from whole nanocores, container by container", () => {
  const elements = [0.5000004, 0.2500001].map((value) => ({ labels: {}, value, pod: "p0" }));
  const reading = readingFrom(cpu, { ok: true, elements, ageSeconds: 4, windowSeconds: 20 }, 100);
  expect(reading).toEqual({
    kind: "samples",
    ageSeconds: 4,
    samples: new Map([["p0", { valueMilli: 752n, atSeconds: 96, windowSeconds: 20 }]]),
  });
});

it("takes an answer without items for an unavailable metric, not for 0", () => {
  expect(readingFrom(external, { ok: true, elements: [] }, 0)).toMatchObject({ kind: "error" });
});
