import fc from "fast-check";
import { expect, it } from "vitest";
import { ExactSum } from "./ledger-sum.ts";

const anyAmount = fc.oneof(
  fc.maxSafeNat().map((n) => Math.floor(n / 2)),
  fc.nat(1000),
);

it("equals the sum in BigInt, also far beyond what a double holds", () => {
  fc.assert(
    fc.property(fc.array(anyAmount, { maxLength: 50 }), (amounts) => {
      const sum = new ExactSum();
      for (const amount of amounts) sum.add(amount);
      expect(sum.total()).toBe(amounts.reduce((total, amount) => total + BigInt(amount), 0n));
    }),
  );
});

it("continues from a saved state", () => {
  const sum = new ExactSum();
  for (let i = 0; i < 5; i++) sum.add(4_000_000_000_000_001);
  const restored = new ExactSum();
  restored.restore(sum.save());
  restored.add(7);
  expect(restored.total()).toBe(20_000_000_000_000_012n);
});
