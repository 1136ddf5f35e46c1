import { describe, expect, it } from "vitest";
import { AloneLatency, type AloneSeconds } from "./alone.ts";
import type { ServingConfig } from "./config.ts";
import { isCrowded } from "./hindered.ts";

type Config = Pick<ServingConfig, "latency" | "engine">;

const ENGINE = {
  maxBatchedTokens: 100,
  maxSequences: 8,
  kvBlocks: 1000,
  blockTokens: 16,
  maxModelTokens: 16_000,
  warmUp: { factor: 1, requests: 0 },
};
const alone = (config: Config, promptTokens: number, outputTokens: number, stepTokens = 1024): AloneSeconds => {
  const into = { ttftSeconds: 0, e2eSeconds: 0 };
  new AloneLatency(config).fill(promptTokens, outputTokens, stepTokens, into);
  return into;
};

describe("a request alone on a replica", () => {
  it("computes its prompt chunk by chunk, and then a token a step", () => {
    const curve: Config = {
      latency: { kind: "curve", requestOverheadSeconds: 0.5, points: [[1, 2]] } as Config["latency"],
      engine: ENGINE,
    };
    // three chunks, and nine steps for the tokens after the first
    expect(alone(curve, 250, 10)).toEqual({ ttftSeconds: 6.5, e2eSeconds: 24.5 });
    expect(alone(curve, 250, 10, 3 * 1024).e2eSeconds).toBe(6.5 + 2 * 3);
    expect(alone(curve, 100, 1)).toEqual({ ttftSeconds: 2.5, e2eSeconds: 2.5 });
  });

  it("is served in one go by a server of whole requests", () => {
    const batching = { kind: "dynamic" } as NonNullable<ServingConfig["engine"]["batching"]>;
    const curve: Config = {
      latency: { kind: "curve", requestOverheadSeconds: 0.5, points: [[1, 2]] } as Config["latency"],
      engine: { ...ENGINE, batching },
    };
    expect(alone(curve, 250, 10)).toEqual({ ttftSeconds: 2.5, e2eSeconds: 2.5 });
  });
});

describe("a crowded replica", () => {
  it.each([
    { inFlight: 1, all: 1, replicas: 4, is: true, because: "three others have nothing to do" },
    { inFlight: 1, all: 2, replicas: 2, is: false, because: "the other one has as much" },
    { inFlight: 1, all: 1, replicas: 2, is: true, because: "the other one is free" },
    { inFlight: 10, all: 19, replicas: 2, is: false, because: "nine are not clearly fewer" },
    { inFlight: 15, all: 20, replicas: 2, is: true, because: "it holds half as many again as the mean" },
    { inFlight: 0, all: 8, replicas: 2, is: false, because: "it is the free one" },
  ])("with $inFlight of $all on $replicas is crowded: $is, $because", ({ inFlight, all, replicas, is }) => {
    expect(isCrowded(inFlight, all, replicas)).toBe(is);
  });
});
