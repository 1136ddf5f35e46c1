import { expect, it } from "vitest";
import { isPrecise, lookSchedule } from "./sequential.ts";

it("looks first at ten, then after half as many again, and last at the most", () => {
  expect(lookSchedule(200)).toEqual([10, 15, 23, 35, 53, 80, 120, 180, 200]);
  expect(lookSchedule(10)).toEqual([10]);
  expect(lookSchedule(15)).toEqual([10, 15]);
});

it("takes a precision as a share of the size, whatever its sign", () => {
  expect([isPrecise(2, 100, 0.02), isPrecise(2, -100, 0.02), isPrecise(2.1, 100, 0.02), isPrecise(0, 0, 0.02)]).toEqual([
    true,
    true,
    false,
    true,
  ]);
});
