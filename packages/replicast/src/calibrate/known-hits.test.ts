import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { prefixIdsOf } from "./known-hits.ts";
import type { MeasuredRequest } from "./measured-run.ts";

const request = (promptTokens: number, prefixHitTokens: number): MeasuredRequest => ({
  arrivalSeconds: 0,
  promptTokens,
  outputTokens: 1,
  prefixHitTokens,
  ttftSeconds: Number.NaN,
  e2eSeconds: Number.NaN,
});

/** Units of the longest prefix a prompt shares with one before it. */
function sharedBefore(ids: readonly (readonly number[])[], i: number): number {
  const own = ids[i] as readonly number[];
  const with_ = ids.slice(0, i).map((other) => {
    const differs = own.findIndex((id, j) => other[j] !== id);
    return differs < 0 ? own.length : differs;
  });
  return Math.max(0, ...with_);
}

describe("ids of prompts whose hits are known", () => {
  it("say nothing of prompts that share nothing", () => {
    expect(prefixIdsOf([request(100, 0), request(100, 0)], 16)).toEqual([[], []]);
  });

  it("reach as far as the hit, in whole units", () => {
    expect(prefixIdsOf([request(40, 0), request(100, 0), request(90, 50), request(200, 16)], 16)).toEqual([[0], [1, 2, 3], [1, 2, 3], [0]]);
  });

  it("go no further than the longest prompt before", () => {
    expect(prefixIdsOf([request(40, 0), request(500, 480)], 16)).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  test.prop([fc.array(fc.tuple(fc.nat(400), fc.nat(100)), { minLength: 1, maxLength: 40 })])(
    "give every prompt the hit it had, wherever a prompt before it is long enough",
    (rows) => {
      const requests = rows.map(([hit, more]) => request(hit + more + 1, hit));
      const ids = prefixIdsOf(requests, 16);
      for (const [i, { prefixHitTokens }] of requests.entries()) {
        const longest = Math.max(0, ...requests.slice(0, i).map(({ promptTokens }) => Math.floor(promptTokens / 16)));
        expect(sharedBefore(ids, i)).toBe(Math.min(Math.floor((prefixHitTokens as number) / 16), longest));
      }
    },
  );
});
