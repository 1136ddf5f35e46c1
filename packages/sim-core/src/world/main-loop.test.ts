import { describe, expect, it } from "vitest";
import { simulate } from "../simulate.ts";
import { NO_METRICS, tinyPlan } from "../testing.ts";

const STEP_SECONDS = 0.25;

/** TTFT by request, on one replica whose every step takes a quarter of a second. */
function ttftSeconds(rows: readonly string[]): readonly (number | undefined)[] {
  const latency = {
    kind: "linear",
    stepSeconds: STEP_SECONDS,
    perPromptTokenSeconds: 0,
    perDecodeSequenceSeconds: 0,
    perContextTokenSeconds: 0,
    perPromptTokenContextSeconds: 0,
    requestOverheadSeconds: 0,
  } as const;
  const seen: (number | undefined)[] = [];
  const plan = tinyPlan({
    durationSeconds: 60,
    deployments: [{ latency }],
    traffic: [{ kind: "trace", name: "rows", deployment: "chat", file: "rows.csv", speed: 1, offsetSeconds: 0, spreadSeconds: 0 }],
  });
  let text = ["arrival_s,input_tokens,output_tokens", ...rows, ""].join("\n");
  const read = (): string => {
    const piece = text;
    text = "";
    return piece;
  };
  simulate(plan, {
    policy: "fixed",
    controllers: [],
    metricSource: NO_METRICS,
    openTrace: () => ({ read }),
    observers: [
      (fact) => {
        if (fact.kind === "request-ended") seen[fact.requestId] = fact.ttftSeconds;
      },
    ],
  });
  return seen;
}

describe("the main loop", () => {
  it("lets a request that arrives at a step's very end into the step that starts there", () => {
    expect(ttftSeconds(["8,100,4", "8.25,100,4"])).toEqual([STEP_SECONDS, STEP_SECONDS]);
  });

  it("lets one that arrives within a step wait for the next", () => {
    expect(ttftSeconds(["8,100,4", "8.375,100,4"])).toEqual([STEP_SECONDS, STEP_SECONDS + 0.125]);
  });

  it("finds an arrival at a scrape's instant and a completion at a minute's end in their order", () => {
    expect(ttftSeconds(["14.75,100,1", "15,100,1", "29.75,100,1", "30,100,1"])).toEqual(Array(4).fill(STEP_SECONDS));
  });
});
