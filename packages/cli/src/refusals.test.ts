import { InputError } from "replicast";
import { expect, it } from "vitest";
import { createRefusals } from "./refusals.ts";

const refuse = (...codes: readonly string[]): never => {
  throw new InputError(codes.map((code) => ({ code, path: [] })));
};

it("throws all that was refused, in the order of the steps", async () => {
  const refusals = createRefusals();
  expect(await refusals.collect(() => refuse("a", "b"))).toBeUndefined();
  expect(await refusals.collect(() => 1)).toBe(1);
  await refusals.collect(async () => refuse("c"));
  expect(() => refusals.throwAny()).toThrow(
    expect.objectContaining({ issues: ["a", "b", "c"].map((code) => expect.objectContaining({ code })) }),
  );
});

it("throws nothing when nothing was refused, and defects at once", async () => {
  const refusals = createRefusals();
  await expect(
    refusals.collect(() => {
      throw new TypeError("defect");
    }),
  ).rejects.toThrow("defect");
  expect(() => refusals.throwAny()).not.toThrow();
});
