import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRequestRecord, type RequestRecord, type RequestSource } from "../domain/request.ts";
import { mergeSources } from "./merge.ts";

/** A source of given arrival times; its tokens tell which request it is. */
class ListSource implements RequestSource {
  readonly #times: readonly number[];
  #position = 0;

  constructor(times: readonly number[]) {
    this.#times = times;
  }

  next(into: RequestRecord): boolean {
    const time = this.#times[this.#position];
    if (time === undefined) return false;
    Object.assign(into, { arrivalSeconds: time, promptTokens: ++this.#position, outputTokens: 1 });
    return true;
  }

  save(): number {
    return this.#position;
  }

  restore(state: number): void {
    this.#position = state;
  }
}

// few distinct times, so that ties are common
const lists = fc.array(
  fc.array(fc.nat(12), { maxLength: 10 }).map((times) => times.sort((a, b) => a - b)),
  { maxLength: 4 },
);
const merge = (times: readonly (readonly number[])[]) => mergeSources(times.map((list) => new ListSource(list)));

function collect(merged: ReturnType<typeof merge>, limit = Number.POSITIVE_INFINITY): number[][] {
  const all: number[][] = [];
  const record = createRequestRecord();
  while (all.length < limit) {
    const peek = merged.peekSeconds;
    const source = merged.next(record);
    if (source < 0) {
      expect(peek).toBe(Number.POSITIVE_INFINITY);
      return all;
    }
    expect(peek).toBe(record.arrivalSeconds);
    all.push([record.arrivalSeconds, source, record.promptTokens]);
  }
  return all;
}

describe("mergeSources", () => {
  it("yields every request once, by time, then source, then order in the source", () => {
    fc.assert(
      fc.property(lists, (times) => {
        const expected = times
          .flatMap((list, source) => list.map((time, i) => [time, source, i + 1]))
          .sort(
            (a, b) => (a[0] as number) - (b[0] as number) || (a[1] as number) - (b[1] as number) || (a[2] as number) - (b[2] as number),
          );
        expect(collect(merge(times))).toEqual(expected);
      }),
    );
  });

  it("continues identically when saved and restored anywhere, through JSON", () => {
    fc.assert(
      fc.property(lists, fc.nat(30), (times, position) => {
        const merged = merge(times);
        collect(merged, position);
        const saved = JSON.stringify(merged.save());
        const other = merge(times);
        other.restore(JSON.parse(saved));
        expect(collect(other)).toEqual(collect(merged));
      }),
    );
  });

  it("refuses a state of other sources", () => {
    expect(() => merge([[1], [2]]).restore(merge([[1]]).save())).toThrow("traffic_state");
  });
});
