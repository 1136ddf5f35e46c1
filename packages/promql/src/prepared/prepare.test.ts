import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate, type QueryResult } from "../evaluate.ts";
import { parseQuery } from "../query.ts";
import type { SeriesReader } from "../series.ts";
import { GrowingWorld } from "./growing-world.ts";
import { type PreparedQuery, prepareQuery } from "./prepare.ts";

const STEP_SECONDS = 15;
const START_EPOCH_SECONDS = 1_700_000_000;

/** A sample: what one series shows at one scrape. */
const sample = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 9 }) },
  { weight: 4, arbitrary: fc.double({ min: -100, max: 100, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e300, 1e-300) },
  { weight: 2, arbitrary: fc.constant("stale" as const) },
  { weight: 3, arbitrary: fc.constant(undefined) },
);

const SERIES = [
  ...["a", "b", "c"].flatMap((pod) => [
    { __name__: "gauge", pod, zone: pod === "c" ? "y" : "x" },
    { __name__: "requests_total", pod, zone: pod === "c" ? "y" : "x" },
  ]),
  { __name__: "limit", zone: "x" },
  ...["1.0", "5.0", "+Inf"].map((le) => ({ __name__: "wait_bucket", pod: "a", le })),
];

const scrapes = fc.array(fc.array(sample, { minLength: SERIES.length, maxLength: SERIES.length }), { minLength: 8, maxLength: 40 });

const selector = fc.constantFrom(
  "gauge",
  "requests_total",
  "limit",
  'gauge{pod="a"}',
  'gauge{pod=~"a|c"}',
  'requests_total{pod!~"b"}',
  '{__name__=~"gauge|requests_total"}',
  "wait_bucket",
  "missing",
);
const range = fc.constantFrom("[15s]", "[1m]", "[2m30s]", "[5m]");
const shift = fc.constantFrom("", "", "", "", " offset 1m", " offset -30s", " @ 1700000200", " @ end()");
const rangeCall = fc
  .tuple(
    fc.constantFrom(
      ...["rate", "increase", "delta", "irate", "idelta", "changes", "resets", "deriv", "sum_over_time", "avg_over_time", "min_over_time"],
      ...["max_over_time", "count_over_time", "last_over_time", "stddev_over_time", "present_over_time", "absent_over_time"],
    ),
    selector,
    range,
    shift,
  )
  .map(([name, series, window, moved]) => `${name}(${series}${window}${moved})`);

const { vector } = fc.letrec<{ vector: string }>((tie) => ({
  vector: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    fc.tuple(selector, shift).map(([series, moved]) => series + moved),
    rangeCall,
    fc
      .tuple(
        fc.constantFrom("sum", "avg", "min", "max", "count", "group", "stddev", "topk by (zone) ", "quantile"),
        fc.constantFrom("", " by (pod)", " by (zone)", " without (pod)", " by (le)"),
        tie("vector"),
      )
      .map(([name, by, inner]) => {
        if (name.startsWith("topk")) return `topk(2, ${inner})`;
        return name === "quantile" ? `quantile${by}(0.5, ${inner})` : `${name}${by}(${inner})`;
      }),
    fc
      .tuple(tie("vector"), fc.constantFrom("* 2", "> 1", ">= bool 3", "% 3", "- time()"), fc.boolean())
      .map(([inner, more]) => `(${inner}) ${more}`),
    tie("vector").map((inner) => `10 / (${inner})`),
    fc
      .tuple(
        tie("vector"),
        fc.constantFrom("+", "/", "> bool", "<", "and", "or", "unless"),
        fc.constantFrom("", "on (pod)", "ignoring (le)", "on (zone)"),
        tie("vector"),
      )
      .map(([left, operator, matching, right]) => `(${left}) ${operator} ${matching} (${right})`),
    fc
      .tuple(tie("vector"), fc.constantFrom("*", "+", "<= bool"), tie("vector"))
      .map(([left, operator, right]) => `(${left}) ${operator} on (zone) group_left () (${right})`),
    fc.tuple(fc.constantFrom("abs", "ceil", "-", "sort", "timestamp"), tie("vector")).map(([name, inner]) => `${name}(${inner})`),
    tie("vector").map((inner) => `clamp(${inner}, 0, scalar(limit))`),
    tie("vector").map((inner) => `label_replace(${inner}, "pod", "all", "zone", "x")`),
    tie("vector").map((inner) => `histogram_quantile(0.9, ${inner})`),
    fc
      .tuple(
        fc.constantFrom("max_over_time", "avg_over_time", "rate"),
        tie("vector"),
        fc.constantFrom("[2m:30s]", "[1m:15s]", "[5m:]"),
        shift,
      )
      .map(([name, inner, window, moved]) => `${name}((${inner})${window}${moved})`),
    tie("vector").map((inner) => `(${inner}) or vector(0)`),
  ),
}));

type Outcome = QueryResult | { readonly error: string };

function outcomeOf(ask: () => QueryResult): Outcome {
  try {
    return ask();
  } catch (error) {
    return { error: String(error) };
  }
}

function compare(prepared: PreparedQuery, reader: SeriesReader, timeSeconds: number): void {
  const options = { reader, timeSeconds, startEpochSeconds: START_EPOCH_SECONDS };
  const plain = outcomeOf(() => evaluate(parseQuery(prepared.query.text), options));
  expect(
    outcomeOf(() => prepared.evaluate(options)),
    `${prepared.query.text} at ${timeSeconds}`,
  ).toEqual(plain);
}

function scrapeInto(world: GrowingWorld, shown: readonly (number | "stale" | undefined)[], timeSeconds: number): void {
  shown.forEach((value, i) => {
    if (value !== undefined) world.append(SERIES[i] as (typeof SERIES)[number], timeSeconds, value);
  });
}

describe("a prepared query", () => {
  it("answers as the plain evaluation does, bit for bit, while series come, go and start again", () => {
    fc.assert(
      fc.property(
        scrapes,
        fc.array(vector, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: -5, max: 20 }),
        (shows, texts, lagSeconds) => {
          const world = new GrowingWorld();
          const queries = texts.map((text) => prepareQuery(parseQuery(text)));
          shows.forEach((shown, i) => {
            scrapeInto(world, shown, i * STEP_SECONDS);
            for (const query of queries) compare(query, world, i * STEP_SECONDS + lagSeconds);
          });
        },
      ),
      { numRuns: 120, seed: 7 },
    );
  });

  it("may be asked about the past again", () => {
    fc.assert(
      fc.property(scrapes, vector, fc.array(fc.integer({ min: 0, max: 600 }), { minLength: 2, maxLength: 12 }), (shows, text, times) => {
        const world = new GrowingWorld();
        const query = prepareQuery(parseQuery(text));
        shows.forEach((shown, i) => {
          scrapeInto(world, shown, i * STEP_SECONDS);
        });
        for (const time of times) compare(query, world, time);
      }),
      { numRuns: 100, seed: 8 },
    );
  });

  it("forgets what it knew of a run that is resumed otherwise", () => {
    const query = prepareQuery(parseQuery("max_over_time(sum(gauge)[2m:15s])"));
    const run = (values: readonly number[]): GrowingWorld => {
      const world = new GrowingWorld();
      values.forEach((value, i) => {
        world.append({ __name__: "gauge", pod: "a" }, i * STEP_SECONDS, value);
      });
      return world;
    };
    const ask = (reader: SeriesReader): QueryResult => query.evaluate({ reader, timeSeconds: 60, startEpochSeconds: START_EPOCH_SECONDS });
    expect(ask(run([1, 9, 1, 1, 1]))).toMatchObject({ elements: [{ value: 9 }] });
    expect(ask(run([1, 2, 1, 1, 1]))).toMatchObject({ elements: [{ value: 2 }] });
  });

  it("returns the same object when nothing has changed, and sees a sample of the same instant", () => {
    const world = new GrowingWorld();
    const query = prepareQuery(parseQuery("sum(gauge)"));
    const ask = (): QueryResult => query.evaluate({ reader: world, timeSeconds: 15, startEpochSeconds: START_EPOCH_SECONDS });
    world.append({ __name__: "gauge", pod: "a" }, 15, 4);
    const first = ask();
    expect(ask()).toBe(first);
    world.append({ __name__: "gauge", pod: "b" }, 15, 5);
    expect(ask()).toMatchObject({ elements: [{ value: 9 }] });
  });
});
