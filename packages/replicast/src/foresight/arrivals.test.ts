import type { Fact } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { Arrivals } from "./arrivals.ts";

describe("the requests of a run", () => {
  it("are told again as they came, however many, and nothing else is", () => {
    const arrivals = new Arrivals(["a", "b"]);
    const facts = Array.from(
      { length: 10_000 },
      (_, i): Fact => ({
        kind: "request-arrived",
        timeSeconds: i / 7,
        requestId: i,
        deployment: i % 3 === 0 ? "a" : "b",
        promptTokens: i,
        outputTokens: 1 + (i % 5),
      }),
    );
    for (const fact of facts) arrivals.observe(fact);
    const told: Fact[] = [];
    arrivals.tell((fact) => void told.push(fact));
    expect(told).toEqual(facts);
  });
});
