import { describe, expect, it } from "vitest";
import type { SeriesSlice } from "../domain/series-reader.ts";
import { SeriesStore } from "./series-store.ts";

const WAITING = "vllm:num_requests_waiting";
const matchers = (...extra: { name: string; op: "=" | "!=" | "=~" | "!~"; value: string }[]) => [
  { name: "__name__", op: "=" as const, value: WAITING },
  ...extra,
];
const shown = (slices: readonly SeriesSlice[]): unknown[] =>
  slices.map(({ labels, times, values, from, to }) => [
    labels["pod"],
    Array.from(times.subarray(from, to)),
    Array.from(values.subarray(from, to)),
  ]);

function twoPods(): SeriesStore {
  const store = new SeriesStore(600);
  for (const pod of ["a", "b"]) {
    const series = store.series({ __name__: WAITING, pod });
    for (let t = 0; t <= 60; t += 15) store.append(series, t, t + (pod === "a" ? 0 : 0.5));
  }
  return store;
}

describe("the series store", () => {
  it("selects a left-open window, as Prometheus 3 does", () => {
    expect(shown(twoPods().select(matchers(), 15, 45))).toEqual([
      ["a", [30, 45], [30, 45]],
      ["b", [30, 45], [30.5, 45.5]],
    ]);
  });

  it.each([
    { op: "=" as const, value: "a", pods: ["a"] },
    { op: "!=" as const, value: "a", pods: ["b"] },
    { op: "=~" as const, value: "a|b", pods: ["a", "b"] },
    { op: "=~" as const, value: "a.+", pods: [], because: "patterns are anchored at both ends" },
    { op: "!~" as const, value: "b.*", pods: ["a"] },
  ])("matches pod $op $value", ({ op, value, pods }) => {
    expect(
      twoPods()
        .select(matchers({ name: "pod", op, value }), -1, 60)
        .map(({ labels }) => labels["pod"]),
    ).toEqual(pods);
  });

  it("finds series that appear after a selection with the same matchers", () => {
    const store = twoPods();
    const same = matchers();
    expect(store.select(same, -1, 60)).toHaveLength(2);
    store.append(store.series({ __name__: WAITING, pod: "c" }), 60, 1);
    expect(store.select(same, -1, 60)).toHaveLength(3);
  });

  it("marks the end of a series, and forgets it once its samples are old", () => {
    const store = twoPods();
    const [ended] = store.select(matchers({ name: "pod", op: "=", value: "b" }), -1, 60);
    store.endSeries(store.series(ended?.labels ?? {}), 75, true);
    const [slice] = store.select(matchers({ name: "pod", op: "=", value: "b" }), -1, 75);
    expect(slice?.stale[slice.to - 1]).toBe(1);
    store.forgetEnded(700);
    expect(store.select(matchers(), -1, 75).map(({ labels }) => labels["pod"])).toEqual(["a"]);
  });

  it("keeps what the retention asks for, however long it runs", () => {
    const store = new SeriesStore(600);
    const series = store.series({ __name__: WAITING, pod: "a" });
    for (let t = 0; t < 100_000; t += 15) store.append(series, t, t);
    const [slice] = store.select(matchers(), 99_990 - 600, 99_990);
    expect((slice as SeriesSlice).times[(slice as SeriesSlice).from]).toBe(99_405);
    expect((slice as SeriesSlice).times.length).toBeLessThan(200);
  });
});
