import { expect, it } from "vitest";
import { createRequestRecord } from "../domain/request.ts";
import { setSessionPrefix } from "./session-prefix.ts";

function idsOf(sessionId: number, systemTokens: number, promptTokens: number): readonly number[] {
  const { prefix } = createRequestRecord();
  setSessionPrefix(prefix, 5, { sessionId, systemTokens, promptTokens });
  expect(prefix).toMatchObject({ namespace: 5, unitTokens: 16 });
  return [...prefix.ids.subarray(0, prefix.count)];
}

it("begins every session with the system prompt, and every turn with the turn before", () => {
  expect(idsOf(7, 40, 100)).toEqual([0, 0, 8, 8, 8, 8]);
  expect(idsOf(7, 40, 140)).toEqual([0, 0, 8, 8, 8, 8, 8, 8]);
  expect(idsOf(8, 40, 100).slice(0, 3)).toEqual([0, 0, 9]);
});

it("knows nothing of a prompt shorter than a unit", () => {
  expect(idsOf(1, 0, 15)).toEqual([]);
  expect(idsOf(1, 64, 20)).toEqual([0]);
});
