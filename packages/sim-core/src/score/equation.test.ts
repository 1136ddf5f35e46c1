import fc from "fast-check";
import { expect, it } from "vitest";
import { type EquationInputs, monthlyCost } from "./equation.ts";

it("adds replicas, scale-ups and buffer as the equation has them", () => {
  const inputs = {
    averageConcurrentReplicas: 4,
    gpuPricePerHourUsd: 10,
    scaleUpEvents: 600,
    modelLoadHours: 0.1,
    overprovisioningBuffer: 1,
  };
  // 4 × 10 × 730 + 600 × 0.1 × 10 + 1 × 10 × 730
  expect(monthlyCost(inputs)).toEqual({ replicasTermUsd: 29_200, scaleUpsTermUsd: 600, bufferTermUsd: 7300, totalUsd: 37_100 });
});

it("is in proportion to the price, and costs nothing for nothing", () => {
  const amount = fc.double({ min: 0, max: 1e4, noNaN: true });
  const anyInputs: fc.Arbitrary<EquationInputs> = fc.record({
    averageConcurrentReplicas: amount,
    gpuPricePerHourUsd: amount,
    scaleUpEvents: amount,
    modelLoadHours: amount,
    overprovisioningBuffer: amount,
  });
  fc.assert(
    fc.property(anyInputs, (inputs) => {
      const { totalUsd } = monthlyCost(inputs);
      expect(monthlyCost({ ...inputs, gpuPricePerHourUsd: 2 * inputs.gpuPricePerHourUsd }).totalUsd).toBeCloseTo(2 * totalUsd, 3);
      expect(monthlyCost({ ...inputs, gpuPricePerHourUsd: 0 }).totalUsd).toBe(0);
      expect(totalUsd).toBeGreaterThanOrEqual(0);
    }),
  );
});
