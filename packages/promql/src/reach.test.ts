import { describe, expect, it } from "vitest";
import { parseQuery } from "./query.ts";
import { queryReachSeconds } from "./reach.ts";

describe("how far back a query reads", () => {
  it.each([
    { query: "1 + 2", reach: 0, because: "it reads nothing" },
    { query: "x", reach: 300, because: "an instant selector looks back five minutes" },
    { query: "x offset 1h", reach: 3900, because: "an offset adds to it" },
    { query: "rate(x[10m])", reach: 600, because: "a range replaces it" },
    { query: "rate(x[10m] offset 1d)", reach: 87_000, because: "ranges move too" },
    { query: "max_over_time(rate(x[5m])[1h:1m])", reach: 3900, because: "a subquery adds its range to what it holds" },
    { query: "x / on() (y offset 2h) or vector(0)", reach: 7500, because: "the farthest side counts" },
    { query: "topk(scalar(y offset 1h), x)", reach: 3900, because: "parameters read as well" },
    { query: "x offset -1h", reach: 300, because: "the future costs nothing" },
    { query: "x @ 100", reach: Number.POSITIVE_INFINITY, because: "a fixed instant recedes for ever" },
  ])("$query: $reach s, because $because", ({ query, reach }) => {
    expect(queryReachSeconds(parseQuery(query))).toBe(reach);
  });
});
