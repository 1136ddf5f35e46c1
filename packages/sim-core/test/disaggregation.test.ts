import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ServingConfig } from "../src/serving/config.ts";
import { createReplicaBuilder } from "../src/serving/fleet.ts";
import { FAST, REFERENCE } from "./engine-rig.ts";
import { PairRig, type PairWorkload, pairWorkloads, told } from "./pair-rig.ts";

const END = Number.POSITIVE_INFINITY;

/** The same pair, whose replicas all stay. */
const undisturbed = pairWorkloads.map((workload): PairWorkload => ({ ...workload, strikes: [] }));

/** Every duration of a workload times a power of two. */
function slowed(workload: PairWorkload, by: number): PairWorkload {
  const scaled = <T extends object>(all: T, isTime: (key: string) => boolean): T =>
    Object.fromEntries(
      Object.entries(all).map(([key, value]) => [key, typeof value === "number" && isTime(key) ? value * by : value]),
    ) as T;
  const isDuration = (key: string): boolean => key.endsWith("Seconds");
  const side = (serving: ServingConfig): ServingConfig => {
    const { engine, disaggregation } = serving;
    const { transfer, speculative } = engine;
    return {
      ...serving,
      latency: scaled(serving.latency, () => true),
      engine: {
        ...engine,
        ...(transfer === undefined ? {} : { transfer: scaled(transfer, isDuration) }),
        ...(speculative === undefined ? {} : { speculative: scaled(speculative, isDuration) }),
      },
      gateway: scaled(serving.gateway, isDuration),
      client: scaled(serving.client, isDuration),
      ...(disaggregation === undefined ? {} : { disaggregation: scaled(disaggregation, isDuration) }),
    };
  };
  return {
    ...workload,
    serving: [side(workload.serving[0]), side(workload.serving[1])],
    arrivals: workload.arrivals.map((arrival) => ({ ...arrival, at: arrival.at * by })),
    samples: [],
  };
}

const rowsOf = (rig: PairRig, kind: string): unknown[][] => rig.seen.filter((row) => row[0] === kind);

describe("a disaggregated pair", () => {
  it("equals the step-by-step reference bit for bit on both sides, whatever happens to its replicas", () => {
    fc.assert(
      fc.property(pairWorkloads, (workload) => {
        expect(told(new PairRig(workload, FAST).play())).toEqual(told(new PairRig(workload, REFERENCE).play()));
      }),
      { numRuns: 300 },
    );
  });

  it("is the same where the replicas of a side share an engine, in places that others had before them, saved and restored or not", () => {
    fc.assert(
      fc.property(pairWorkloads, fc.boolean(), (workload, isReplaced) => {
        expect(told(new PairRig(workload, createReplicaBuilder()).play(40, isReplaced))).toEqual(told(new PairRig(workload, FAST).play()));
      }),
      { numRuns: 150 },
    );
  });

  it("exercises transfers, preemption on both sides, cached prefixes, speculation, lost prompts and leases in that comparison", () => {
    const seen = { handed: 0, lost: 0, hits: 0, preemptions: 0, held: 0, speculative: 0 };
    fc.assert(
      fc.property(pairWorkloads, (workload) => {
        const rig = new PairRig({ ...workload, samples: [0.5, 1, 2, 39.9] }, FAST).play();
        const samples = rowsOf(rig, "sample") as [
          string,
          number,
          number,
          number,
          number,
          { prefixHitTokens: number; preemptions: number },
        ][];
        seen.handed += rowsOf(rig, "prefilled").length;
        seen.lost += rowsOf(rig, "ended").filter((row) => row[3] === "cutOff").length;
        seen.hits += samples.filter(([, , at]) => at === 39.9).reduce((sum, row) => sum + row[5].prefixHitTokens, 0);
        seen.preemptions += samples.filter(([, , at]) => at === 39.9).reduce((sum, row) => sum + row[5].preemptions, 0);
        seen.held += samples.reduce((sum, row) => sum + row[4], 0);
        if (workload.serving[0].engine.speculative !== undefined) seen.speculative++;
      }),
      { numRuns: 100, seed: 11 },
    );
    expect(seen.handed).toBeGreaterThan(500);
    expect(seen.lost).toBeGreaterThan(10);
    expect(seen.hits).toBeGreaterThan(1000);
    expect(seen.preemptions).toBeGreaterThan(100);
    expect(seen.held).toBeGreaterThan(100);
    expect(seen.speculative).toBeGreaterThan(20);
  });

  it("continues identically after being saved and restored at any sample", () => {
    fc.assert(
      fc.property(pairWorkloads, (workload) => {
        expect(told(new PairRig(workload, FAST).play(40, true))).toEqual(told(new PairRig(workload, FAST).play()));
      }),
      { numRuns: 150 },
    );
  });

  it("gives every request one fate and gets back every KV block and every slot", () => {
    fc.assert(
      fc.property(undisturbed, (workload) => {
        const rig = new PairRig(workload, FAST).play(END);
        const ended = rowsOf(rig, "ended").map((row) => row[1] as number);
        expect(ended.sort((a, b) => a - b)).toEqual(workload.arrivals.map((_, id) => id));
        expect(rowsOf(rig, "attempt")).toHaveLength(rowsOf(rig, "attempt-ended").length);
        expect(rig.left).toEqual({ held: 0, usedBlocks: 0, slots: 0 });
      }),
      { numRuns: 150 },
    );
  });

  it("keeps the stamps of a request in order: arrival, prompt computed, admitted to decode, first token, end", () => {
    fc.assert(
      fc.property(undisturbed, (workload) => {
        const rig = new PairRig(workload, FAST).play(END);
        const prefilled = new Map(rowsOf(rig, "prefilled").map((row) => [row[1], row[2] as number]));
        for (const [, id, end, fate, arrival, waitStart, admit, first] of rowsOf(rig, "ended") as [
          string,
          number,
          number,
          string,
          ...number[],
        ][]) {
          if (fate !== "completed") continue;
          const stamps = [arrival, prefilled.get(id) ?? arrival, admit, first, end] as number[];
          expect(stamps).toEqual([...stamps].sort((a, b) => a - b));
          expect(waitStart).toBeGreaterThanOrEqual(arrival as number);
        }
      }),
      { numRuns: 100 },
    );
  });

  it.each([2, 0.5])("scales every stamp by %d, to the bit, when step times, overheads, transfers, waits and arrivals are", (by) => {
    fc.assert(
      fc.property(undisturbed, (workload) => {
        const before = rowsOf(new PairRig({ ...workload, samples: [] }, FAST).play(END), "ended");
        const after = rowsOf(new PairRig(slowed(workload, by), FAST).play(END), "ended");
        expect(after).toEqual(
          before.map(([kind, id, end, fate, ...stamps]) => [
            kind,
            id,
            (end as number) * by,
            fate,
            ...stamps.slice(0, 4).map((stamp) => (stamp as number) * by),
            stamps[4],
          ]),
        );
      }),
      { numRuns: 60 },
    );
  });
});
