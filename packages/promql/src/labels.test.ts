import { describe, expect, it } from "vitest";
import { formatLabels, LabelStore } from "./labels.ts";

describe("LabelStore", () => {
  it("gives equal label sets one identity, whatever their order, empty labels apart", () => {
    const store = new LabelStore();
    expect(store.intern({ a: "1", b: "2" })).toBe(store.intern({ b: "2", a: "1", c: "" }));
    expect(store.intern({ a: "1" })).not.toBe(store.intern({ a: "2" }));
  });

  it("does not confuse labels whose texts run into each other", () => {
    const store = new LabelStore();
    expect(store.intern({ a: "1", b1: "2" })).not.toBe(store.intern({ a: "11:b1", b: "2" }));
  });

  it("projects onto the named labels, or all but them", () => {
    const store = new LabelStore();
    const labels = { __name__: "m", pod: "p", zone: "z" };
    expect(store.project(labels, { keep: true, names: ["pod", "absent", "pod"] })).toEqual({ pod: "p" });
    expect(store.project(labels, { keep: false, names: ["__name__", "pod"] })).toEqual({ zone: "z" });
  });

  it("remembers projections until it has gathered too many, and is right afterwards", () => {
    const store = new LabelStore();
    const selection = { keep: true, names: ["pod"] };
    const labels = { pod: "p" };
    const before = store.project(labels, selection);
    store.trim();
    expect(store.project(labels, selection)).toBe(before);
    for (let pod = 0; pod < 20_000; pod++) store.intern({ pod: String(pod) });
    store.trim();
    expect(store.project(labels, selection)).not.toBe(before);
    expect(store.project(labels, selection)).toBe(store.intern({ pod: "p" }));
  });
});

describe("formatLabels", () => {
  it("writes label sets as Prometheus does, by name", () => {
    expect(formatLabels({ pod: 'a"b', __name__: "m" })).toBe('{__name__="m", pod="a\\"b"}');
  });
});
