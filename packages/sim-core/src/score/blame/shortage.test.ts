import { describe, expect, it } from "vitest";
import { causeAt } from "./causes.ts";
import type { DecisionContext } from "./decisions.ts";
import { type PodTimes, podTimes } from "./pod-stages.ts";
import { countBySecond, valueBySecond } from "./second-counts.ts";
import { shortageBySecond } from "./shortage.ts";

const SECONDS = 100;
const NOTHING: DecisionContext = { decisions: [], undecidedSeconds: [], scrapeIntervalSeconds: 10 };

interface Given {
  readonly required: readonly (readonly [number, number])[];
  readonly arrived?: readonly (readonly [number, number])[];
  readonly pods?: readonly PodTimes[];
  readonly scaling?: Partial<DecisionContext>;
}

/** Causes of the seconds of shortage, as "cause from-until". */
function shortages({ required, arrived = required, pods = [], scaling = {} }: Given): readonly string[] {
  const reachable = countBySecond(
    pods.flatMap((pod) => pod.reachable),
    SECONDS,
  );
  const seconds = { required: valueBySecond(required, SECONDS), arrived: valueBySecond(arrived, SECONDS), reachable };
  const causes = shortageBySecond(seconds, pods, { ...NOTHING, ...scaling }, 5);
  const spans: string[] = [];
  for (let from = 0; from < SECONDS; ) {
    let until = from;
    while (until < SECONDS && causes[until] === causes[from]) until++;
    if ((causes[from] as number) > 0) spans.push(`${causeAt(causes[from] as number)} ${from}-${until}`);
    from = until;
  }
  return spans;
}

const FIRST = podTimes({ stages: [[0, "Ready"]] });
const decision = (timeSeconds: number, more: object = {}) => ({
  timeSeconds,
  timer: "sync",
  desiredReplicas: 1,
  sampleAgeSeconds: 0,
  ...more,
});

describe("the next missing replica", () => {
  it("was on its way: the part of its start", () => {
    const second = podTimes({
      stages: [
        [20, "Unschedulable"],
        [30, "Scheduled"],
        [60, "Ready"],
      ],
      parts: [
        [20, "node"],
        [30, "pull"],
        [40, "load"],
        [60, "endpoints"],
        [65, "routable"],
      ],
    });
    expect(
      shortages({
        required: [
          [0, 1],
          [20, 2],
        ],
        pods: [FIRST, second],
      }),
    ).toEqual(["node 20-30", "pull 30-40", "load 40-60", "endpoints 60-65"]);
  });

  it("is the one that can be reached first, of several on their way", () => {
    const slow = podTimes({ stages: [[10, "Scheduled"]], parts: [[10, "node"]] });
    const quick = podTimes({
      stages: [
        [20, "Scheduled"],
        [40, "Ready"],
      ],
      parts: [
        [20, "pull"],
        [40, "routable"],
      ],
    });
    expect(
      shortages({
        required: [
          [0, 1],
          [10, 2],
          [50, 1],
        ],
        pods: [FIRST, slow, quick],
      }),
    ).toEqual(["node 10-20", "pull 20-40"]);
  });

  it("was there, and went away: a fault", () => {
    const restarted = podTimes({
      stages: [
        [0, "Ready"],
        [30, "Interrupted"],
        [50, "Ready"],
      ],
    });
    expect(shortages({ required: [[0, 2]], pods: [FIRST, restarted] })).toEqual(["fault 30-50"]);
  });

  it("was not asked for: not foreseen, not scraped, not looked at, then what held the decision", () => {
    const scaling = {
      decisions: [decision(0), decision(35, { sampleAgeSeconds: 15 }), decision(47), decision(60, { held: { by: "rate", wanted: 2 } })],
    } as const;
    const required = [
      [0, 1],
      [20, 2],
    ] as const;
    // from second 27 on what has come asks for two; samples are taken at 30, 40 …; 35 saw that of 20
    expect(
      shortages({
        required,
        arrived: [
          [0, 1],
          [27, 2],
        ],
        pods: [FIRST],
        scaling,
      }),
    ).toEqual(["foresight 20-27", "scrape 27-30", "poll 30-35", "metric 35-47", "rule 47-60", "rate 60-100"]);
  });

  it("was not asked for: firings without an answer", () => {
    const scaling = { decisions: [decision(0)], undecidedSeconds: [35, 50] };
    expect(
      shortages({
        required: [
          [0, 1],
          [25, 2],
        ],
        pods: [FIRST],
        scaling,
      }),
    ).toEqual(["scrape 25-30", "poll 30-35", "metric 35-100"]);
  });

  it("does not begin anew when the load asks for less for no longer than its window", () => {
    const flickering = [
      [0, 1],
      [25, 2],
      [45, 1],
      [48, 2],
      [70, 1],
      [80, 2],
    ] as const;
    const scaling = { decisions: [decision(0), decision(41)] };
    expect(shortages({ required: flickering, pods: [FIRST], scaling })).toEqual([
      "scrape 25-30",
      "poll 30-41",
      "rule 41-45",
      "rule 48-70",
      // ten seconds without: a load of its own, which the sample at 80 has seen and no decision since
      "poll 80-100",
    ]);
  });

  it("passes over a hold that would have let it through", () => {
    const scaling = { decisions: [decision(0), decision(30, { desiredReplicas: 1, held: { by: "stabilization", wanted: 1 } })] } as const;
    expect(shortages({ required: [[0, 2]], pods: [FIRST], scaling }).at(-1)).toBe("rule 0-100");
  });
});
