import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { capacityPerReplica, offeredLoad, requestWork, requiredReplicas, requiredSeries } from "./required.ts";

const WORK = { perRequest: 1, perPromptToken: 0, perOutputToken: 0, perPromptTokenSquared: 0, perContextToken: 0 };
const capacity = (...points: readonly (readonly [replicas: number, requestsPerSecond: number])[]) => ({
  deployment: "chat",
  points: points.map(([replicas, requestsPerSecond]) => ({ replicas, requestsPerSecond })),
  work: WORK,
});

describe("offeredLoad", () => {
  it("is the mean over the window in the middle of a run", () => {
    const offeredWork = new Float64Array(200);
    offeredWork[100] = 30;
    const load = offeredLoad({ offeredWork, durationSeconds: 200, windowSeconds: 60 });
    expect(load[100]).toBeCloseTo(30 / 60, 12);
    expect(load[70]).toBeCloseTo(15 / 60, 12); // the window of second 70 ends in the middle of second 100
    expect(load[69]).toBe(0);
    expect(load[131]).toBe(0);
  });

  it("divides by the part of the window that lies in the run", () => {
    const load = offeredLoad({ offeredWork: new Float64Array(100).fill(2), durationSeconds: 100, windowSeconds: 60 });
    expect(Array.from(load)).toEqual(Array.from(load, () => expect.closeTo(2, 12)));
  });

  it("treats a last part of a second as that part", () => {
    const load = offeredLoad({ offeredWork: Float64Array.from([2, 2, 1]), durationSeconds: 2.5, windowSeconds: 60 });
    expect(Array.from(load)).toEqual([2, 2, 2]);
  });

  it("offers exactly nothing where the window touches no work, and something wherever it does", () => {
    const bins = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 1e3, noNaN: true })), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(bins, fc.integer({ min: 1, max: 80 }), (work, windowSeconds) => {
        const load = offeredLoad({ offeredWork: Float64Array.from(work), durationSeconds: work.length, windowSeconds });
        load.forEach((value, s) => {
          const near = work.slice(Math.max(0, Math.floor(s + 0.5 - windowSeconds / 2)), Math.ceil(s + 0.5 + windowSeconds / 2));
          expect(value > 0).toBe(near.some((offered) => offered > 0));
        });
      }),
    );
  });
});

it("interpolates capacity between the computed numbers of replicas and keeps it beyond them", () => {
  const { points } = capacity([1, 2], [2, 3], [4, 4]);
  expect([1, 2, 3, 4, 9].map((n) => capacityPerReplica(points, n))).toEqual([2, 3, 3.5, 4, 4]);
  expect(capacityPerReplica([], 3)).toBe(0);
});

describe("requiredReplicas", () => {
  const constant = (load: number, points: ReturnType<typeof capacity>) =>
    requiredReplicas({ offeredWork: new Float64Array(10).fill(load), durationSeconds: 10, windowSeconds: 1, capacity: points });

  it.each([
    { load: 0, replicas: 0, because: "nothing is offered" },
    { load: 0.01, replicas: 1, because: "something is" },
    { load: 2, replicas: 1, because: "one replica carries exactly that" },
    { load: 2.001, replicas: 2, because: "one does not carry more" },
    { load: 10.5, replicas: 3, because: "3 × 3.5" },
    { load: 16, replicas: 4, because: "4 × 4" },
    { load: 17, replicas: 5, because: "capacity is constant beyond the last point" },
    { load: 400, replicas: 100, because: "and so on" },
  ])("asks for $replicas at load $load: $because", ({ load, replicas }) => {
    expect(constant(load, capacity([1, 2], [2, 3], [4, 4]))).toEqual([[0, replicas]]);
  });

  it("asks for the largest computed number when no number carries the load", () => {
    expect(constant(1, capacity([1, 0], [8, 0]))).toEqual([[0, 8]]);
  });

  it("asks for nothing without a capacity", () => {
    expect(constant(1, capacity())).toEqual([[0, 0]]);
  });

  it("changes at whole microseconds and names only changes", () => {
    const offeredWork = Float64Array.from([0, 0, 5, 5, 0, 0]);
    const steps = requiredReplicas({ offeredWork, durationSeconds: 6, windowSeconds: 1, capacity: capacity([1, 2]) });
    expect(steps).toEqual([
      [0, 0],
      [2_000_000, 3],
      [4_000_000, 0],
    ]);
    expect(requiredSeries(steps)).toEqual([
      [0, 0],
      [2, 3],
      [4, 0],
    ]);
  });

  it("finds the smallest number that carries the load, whatever the shape of the capacity", () => {
    const kappas = fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(kappas, fc.double({ min: 0.01, max: 200, noNaN: true }), (values, load) => {
        const table = capacity(...values.map((value, i) => [2 ** i, value] as const));
        const replicas = constant(load, table)[0]?.[1] as number;
        // The window over a constant load may be off by rounding, so compare with the load it computed.
        const computed = offeredLoad({ offeredWork: new Float64Array(10).fill(load), durationSeconds: 10, windowSeconds: 1 })[0] as number;
        const carries = (n: number): boolean => n * capacityPerReplica(table.points, n) >= computed;
        expect(carries(replicas)).toBe(true);
        for (let n = 1; n < replicas; n++) expect(carries(n)).toBe(false);
      }),
    );
  });
});

it("weighs a request by its tokens and their context", () => {
  const weights = { perRequest: 1, perPromptToken: 10, perOutputToken: 100, perPromptTokenSquared: 1000, perContextToken: 10_000 };
  expect(requestWork(weights, 2, 4)).toBe(1 + 20 + 400 + 4000 + 10_000 * 4 * (2 + 2));
});
