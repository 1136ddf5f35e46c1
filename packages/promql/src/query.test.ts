import { describe, expect, it } from "vitest";
import { evaluate } from "./evaluate.ts";
import { parseQuery, querySeries } from "./query.ts";
import { every, readerOf } from "./testing.ts";

describe("querySeries", () => {
  it.each([
    { text: "sum(rate(a_total[5m])) / sum(b)", names: ["a_total", "b"], because: "each name in order of appearance" },
    { text: "a + a offset 5m", names: ["a"], because: "each name once" },
    {
      text: 'topk(scalar(k), max_over_time(a[5m:1m])) or {"b.c"}',
      names: ["k", "a", "b.c"],
      because: "parameters and subqueries read too",
    },
    { text: '{__name__=~"a|b:c", x="y"}', names: ["a", "b:c"], because: "a list of names is known" },
    { text: '{__name__=~"a.*"}', names: undefined, because: "a pattern may match any name" },
    { text: '{x="y"}', names: undefined, because: "a selector without name may read any" },
    { text: "vector(1)", names: [], because: "nothing is read" },
  ])("reads $names in $text: $because", ({ text, names }) => {
    expect(querySeries(parseQuery(text))).toEqual(names);
  });
});

describe("parseQuery", () => {
  it("gives a query that answers anew each time", () => {
    const query = parseQuery('sum by (pod) (a{pod=~"p.*"})');
    const first = readerOf([every(15, { __name__: "a", pod: "p1" }, [1, 2])]);
    const second = readerOf([every(15, { __name__: "a", pod: "q1" }, [1]), every(15, { __name__: "a", pod: "p2" }, [5])]);
    const at = (reader: typeof first, timeSeconds: number): unknown => evaluate(query, { reader, timeSeconds, startEpochSeconds: 0 });
    expect(at(first, 0)).toMatchObject({ elements: [{ labels: { pod: "p1" }, value: 1 }] });
    expect(at(first, 15)).toMatchObject({ elements: [{ labels: { pod: "p1" }, value: 2 }] });
    expect(at(second, 15)).toMatchObject({ elements: [{ labels: { pod: "p2" }, value: 5 }] });
  });
});
