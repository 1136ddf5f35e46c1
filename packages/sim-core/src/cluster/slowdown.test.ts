import { expect, it } from "vitest";
import { LOAD, PULL, type Slowdown, slowedSeconds } from "./slowdown.ts";

const SLOW: Slowdown = { part: "storage", deployment: -1, fromSeconds: 100, toSeconds: 200, factor: 4 };
const load = (fromSeconds: number, seconds: number, slowdowns: readonly Slowdown[] = [SLOW], deployment = 0): number =>
  slowedSeconds(slowdowns, { needs: LOAD, deployment, fromSeconds, seconds });

it.each([
  { from: 0, seconds: 30, takes: 30, because: "it is over before the window begins" },
  { from: 200, seconds: 30, takes: 30, because: "a window does not include its end" },
  { from: 100, seconds: 20, takes: 80, because: "all of it falls into the window" },
  { from: 90, seconds: 30, takes: 90, because: "10 s before, and 20 s at a quarter of the speed" },
  { from: 180, seconds: 30, takes: 45, because: "20 s of the window do 5 s of work, 25 s are left" },
  { from: 90, seconds: 45, takes: 10 + 100 + 10, because: "it began before the window and ends after it" },
])("work of $seconds s begun at $from s takes $takes s: $because", ({ from, seconds, takes }) => {
  expect(load(from, seconds)).toBeCloseTo(takes, 9);
});

it("multiplies windows that overlap", () => {
  const both = [SLOW, { ...SLOW, fromSeconds: 120, toSeconds: 140, factor: 2 }];
  // 20 s at 1/4, 20 s at 1/8: 7.5 s of work; 2.5 s are left at 1/4
  expect(load(100, 10, both)).toBeCloseTo(20 + 20 + 10, 9);
});

it("leaves other parts and other deployments alone", () => {
  expect(slowedSeconds([SLOW], { needs: PULL, deployment: 0, fromSeconds: 100, seconds: 20 })).toBe(20);
  expect(load(100, 20, [{ ...SLOW, deployment: 1 }], 0)).toBe(20);
  expect(load(100, 20, [{ ...SLOW, deployment: 1 }], 1)).toBe(80);
});
