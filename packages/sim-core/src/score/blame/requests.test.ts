import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { REQUEST_HINDRANCES, type RequestHindrance, type ViolatedSpan } from "../../record/violated-spans.ts";
import { withAftermath } from "./aftermath.ts";
import { BLAME_CAUSES, type BlameCause, causeAt, causeCode } from "./causes.ts";
import { blameSpans } from "./requests.ts";

const span = (arrivalSeconds: number, lengthSeconds: number, hindrance: RequestHindrance = "none", requests = 1): ViolatedSpan => ({
  arrivalSeconds,
  lengthSeconds,
  hindrance,
  requests,
});

/** Codes by second of stretches of causes; "" is none. */
const secondsOf = (...stretches: readonly (readonly [BlameCause | "", number])[]): Uint8Array =>
  Uint8Array.from(stretches.flatMap(([cause, length]) => Array.from({ length }, () => (cause === "" ? 0 : causeCode(cause)))));

const blamed = (spans: readonly ViolatedSpan[], causes: Uint8Array): Readonly<Record<string, number>> =>
  Object.fromEntries([...blameSpans(spans, causes)].flatMap((requests, code) => (requests > 0 ? [[causeAt(code), requests]] : [])));

describe("a violated request", () => {
  const causes = secondsOf(["", 5], ["poll", 3], ["load", 6], ["", 6]);

  it.each([
    { spans: [span(5, 9)], to: { load: 1 }, because: "six seconds of loading are more than three of waiting for a look" },
    { spans: [span(5, 6)], to: { poll: 1 }, because: "of three and three the earlier on the way" },
    { spans: [span(12, 4, "routing")], to: { load: 1 }, because: "two and two, and the load comes first" },
    { spans: [span(13, 4, "routing")], to: { routing: 1 }, because: "one second of shortage, three of its own" },
    { spans: [span(0, 3, "none", 7)], to: { unexplained: 7 }, because: "nothing is known" },
    { spans: [span(18, 40, "fault")], to: { fault: 1 }, because: "the run is over before its span" },
  ])("goes to $to: $because", ({ spans, to }) => {
    expect(blamed(spans, causes)).toEqual(to);
  });

  it("came in a burst if any of its seconds did, and nothing else is known", () => {
    const bursts = secondsOf(["", 3], ["burst", 1], ["", 6]);
    expect(blamed([span(2, 6)], bursts)).toEqual({ burst: 1 });
    expect(blamed([span(2, 6, "preemption")], bursts)).toEqual({ preemption: 1 });
  });

  it("that came while a replica was missing waits in the queue of another, however long enough replicas have been there", () => {
    expect(blamed([span(6, 14), span(13, 7)], causes)).toEqual({ load: 2 });
    expect(blamed([span(10, 10), span(10, 10, "routing")], secondsOf(["", 10], ["load", 1], ["", 9]))).toEqual({ load: 1, routing: 1 });
    expect(blamed([span(9, 10)], secondsOf(["", 10], ["load", 1], ["", 9]))).toEqual({ unexplained: 1 });
  });

  it("is blamed on exactly one cause, whatever it met", () => {
    const spans = fc.array(
      fc.record({
        arrivalSeconds: fc.nat(19),
        lengthSeconds: fc.integer({ min: 1, max: 30 }),
        hindrance: fc.constantFrom(...REQUEST_HINDRANCES),
        requests: fc.integer({ min: 1, max: 9 }),
      }),
    );
    const codes = fc.array(fc.nat(BLAME_CAUSES.length), { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(spans, codes, (all, bySecond) => {
        const sum = blameSpans(all, Uint8Array.from(bySecond)).reduce((a, b) => a + b, 0);
        expect(sum).toBe(all.reduce((a, { requests }) => a + requests, 0));
      }),
    );
  });
});

describe("what a shortage leaves behind", () => {
  const points = [{ replicas: 1, requestsPerSecond: 10 }];
  const withLoad = (work: readonly number[], replicas: readonly number[], shortage: Uint8Array, isQueued = true): readonly string[] => {
    const seconds = { offeredWork: Float64Array.from(work), reachable: Float64Array.from(replicas), isQueued: () => isQueued };
    return [...withAftermath(shortage, seconds, points)].map((code) => (code === 0 ? "" : causeAt(code)));
  };

  it("belongs to the shortage until its queue is served", () => {
    const shortage = secondsOf(["", 1], ["pull", 2], ["", 77]);
    const work = [10, 20, 20, ...Array.from({ length: 77 }, () => 10)];
    const replicas = [1, 1, 1, ...Array.from({ length: 77 }, () => 2)];
    const causes = withLoad(work, replicas, shortage);
    // two seconds more, and a minute in which requests are seen waiting at replicas that have just come
    expect(causes.indexOf("pull")).toBe(1);
    expect(causes.lastIndexOf("pull")).toBe(1 + 2 + 2 + 60);
    expect(new Set(causes.slice(1, 66))).toEqual(new Set(["pull"]));
  });

  it("is a burst where there was no shortage, or nobody was seen to wait", () => {
    expect(withLoad([10, 25, 5, 5, 5, 5], [1, 1, 1, 1, 1, 1], secondsOf(["", 6]))).toEqual(["", "burst", "burst", "burst", "burst", ""]);
    const shortage = secondsOf(["pull", 1], ["", 3]);
    expect(withLoad([25, 0, 0, 0], [1, 1, 1, 1], shortage, false)).toEqual(["pull", "burst", "burst", ""]);
  });

  it("is nothing when one request comes to a replica that has nothing to do", () => {
    expect(withLoad([1, 0, 1], [0.1, 0.1, 0.1], secondsOf(["", 3]))).toEqual(["", "", ""]);
  });
});
