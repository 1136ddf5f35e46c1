import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStreams, type Streams } from "./streams.ts";

const draw = (streams: Streams, name: string, count: number) => Array.from({ length: count }, () => streams.get(name).uniform());
const names = fc.constantFrom("arrivals/chat", "lengths/chat", "pod-load/1", "pod-load/10", "faults", "");

describe("streams", () => {
  it("yields the same numbers for the same seed and name, and others for another seed or name", () => {
    const numbers = draw(createStreams("7"), "arrivals", 20);
    expect(draw(createStreams("7"), "arrivals", 20)).toEqual(numbers);
    expect(draw(createStreams("8"), "arrivals", 20)).not.toEqual(numbers);
    expect(draw(createStreams("7"), "lengths", 20)).not.toEqual(numbers);
  });

  it("pins the first numbers, so that results stay comparable between versions", () => {
    expect(draw(createStreams("1"), "arrivals", 3)).toEqual([0.6900321808708892, 0.951267048535137, 0.34661872504698965]);
  });

  it("keeps seed and name apart", () => {
    expect(draw(createStreams("ab"), "c", 5)).not.toEqual(draw(createStreams("a"), "bc", 5));
    expect(draw(createStreams("a/b"), "c", 5)).not.toEqual(draw(createStreams("a"), "b/c", 5));
  });

  it("never moves a stream by the use of another, in whatever order they are first used", () => {
    fc.assert(
      fc.property(fc.array(names, { maxLength: 60 }), names, (uses, name) => {
        const streams = createStreams("s");
        const expected = draw(createStreams("s"), name, 60);
        const seen = uses.flatMap((use) => draw(streams, use, 1).filter(() => use === name));
        expect([...seen, ...draw(streams, name, 60 - seen.length)]).toEqual(expected);
      }),
    );
  });

  it("continues identically after save and restore, through JSON, for streams in use and not yet in use", () => {
    fc.assert(
      fc.property(fc.array(names, { maxLength: 30 }), fc.array(names, { maxLength: 30 }), (before, after) => {
        const streams = createStreams("s");
        for (const name of before) draw(streams, name, 1);
        const saved = JSON.stringify(streams.save());
        const expected = after.map((name) => draw(streams, name, 1));
        const other = createStreams("s");
        other.restore(JSON.parse(saved));
        expect(after.map((name) => draw(other, name, 1))).toEqual(expected);
        streams.restore(JSON.parse(saved));
        expect(after.map((name) => draw(streams, name, 1))).toEqual(expected);
      }),
    );
  });

  it("moves a stream that someone holds when its state is restored", () => {
    const streams = createStreams("s");
    const held = streams.get("a");
    held.uniform();
    const saved = streams.save();
    const second = held.uniform();
    streams.restore(saved);
    expect(held.uniform()).toBe(second);
  });

  it("saves the same bytes whatever the order of first use", () => {
    const [one, two] = [createStreams("s"), createStreams("s")];
    for (const name of ["a", "b", "c"]) one.get(name);
    for (const name of ["c", "a", "b"]) two.get(name);
    expect(JSON.stringify(one.save())).toBe(JSON.stringify(two.save()));
  });

  it("refuses a state that is none", () => {
    expect(() => createStreams("s").restore({ a: 1 })).toThrow("stream_state");
    expect(() => createStreams("s").restore([["a", 1, 2, null, 4]])).toThrow("stream_state");
  });

  it("gives the first number of a stream without keeping the stream", () => {
    const streams = createStreams("s");
    const [first] = draw(createStreams("s"), "retry/17", 1);
    expect(streams.once("retry/17")).toBe(first);
    expect(streams.save()).toEqual([]);
  });

  it("has 53 random bits in [0, 1)", () => {
    const numbers = draw(createStreams("s"), "a", 1000);
    expect(numbers.every((u) => u >= 0 && u < 1 && Number.isInteger(u * 2 ** 53))).toBe(true);
    expect(numbers.filter((u) => (u * 2 ** 53) % 2 === 1).length).toBeGreaterThan(400);
  });

  it("spreads the first numbers of streams with similar names evenly", () => {
    const streams = createStreams("1");
    const firsts = Array.from({ length: 20_000 }, (_, i) => streams.once(`pod-load/${i}`));
    const mean = firsts.reduce((sum, u) => sum + u, 0) / firsts.length;
    let lagged = 0;
    for (let i = 1; i < firsts.length; i++) lagged += ((firsts[i] as number) - 0.5) * ((firsts[i - 1] as number) - 0.5);
    const sorted = [...firsts].sort((a, b) => a - b);
    const ks = Math.max(...sorted.map((u, i) => Math.abs(u - (i + 0.5) / sorted.length)));
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / 20_000));
    expect(Math.abs((lagged / firsts.length) * 12)).toBeLessThan(4 / Math.sqrt(20_000));
    expect(ks).toBeLessThan(1.95 / Math.sqrt(20_000));
  });
});
