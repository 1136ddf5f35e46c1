import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextCrashPause } from "./crash-back-off.ts";

/** Pauses after containers that each last so long. */
function pauses(lifetimes: readonly number[]): readonly number[] {
  const pod = { backOffSeconds: 0, startedSeconds: 0 };
  let now = 0;
  return lifetimes.map((lasted) => {
    const pause = nextCrashPause(pod, now + lasted);
    now += lasted + pause;
    return pause;
  });
}

describe("the pause before a container starts again", () => {
  it.each([
    { lifetimes: [5, 5, 5, 5, 5, 5, 5, 5, 5], seconds: [0, 10, 20, 40, 80, 160, 300, 300, 300], because: "it doubles up to five minutes" },
    { lifetimes: [5, 5, 600, 5], seconds: [0, 10, 20, 40], because: "ten minutes are not yet longer than ten minutes" },
    { lifetimes: [5, 5, 601, 5], seconds: [0, 10, 0, 10], because: "one that lasted longer than ten minutes is forgiven" },
    { lifetimes: [9000, 5], seconds: [0, 10], because: "the first end is never punished" },
  ])("is $seconds after $lifetimes: $because", ({ lifetimes, seconds }) => {
    expect(pauses(lifetimes)).toEqual(seconds);
  });

  it("is 0, or one of the doubled steps, and grows by one step at most", () => {
    const steps = [0, 10, 20, 40, 80, 160, 300];
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1200 }), { minLength: 1, maxLength: 20 }), (lifetimes) => {
        let before = -1;
        for (const pause of pauses(lifetimes)) {
          const step = steps.indexOf(pause);
          expect(step).toBeGreaterThanOrEqual(0);
          expect(step === 0 || step === Math.min(before + 1, steps.length - 1)).toBe(true);
          before = step;
        }
      }),
    );
  });
});
