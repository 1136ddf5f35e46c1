import fc from "fast-check";
import { expect, it } from "vitest";
import { createRequestRecord, type PromptPrefix } from "../domain/request.ts";
import { setSessionPrefix } from "./session-prefix.ts";

function prefixOf(sessionId: number, systemTokens: number, promptTokens: number): PromptPrefix {
  const { prefix } = createRequestRecord();
  setSessionPrefix(prefix, 5, { sessionId, systemTokens, promptTokens });
  expect(prefix.namespace).toBe(5);
  return prefix;
}

/** Id of the text of each full block: a block belongs to the unit its last token is in. */
function blocksOf(sessionId: number, systemTokens: number, promptTokens: number): readonly (number | undefined)[] {
  const { ids, count, unitTokens } = prefixOf(sessionId, systemTokens, promptTokens);
  const known = Math.floor(Math.min(promptTokens, count * unitTokens) / 16);
  return Array.from({ length: known }, (_, block) => ids.subarray(0, count)[Math.floor(((block + 1) * 16 - 1) / unitTokens)]);
}

it("begins every session with the system prompt, and every turn with the turn before", () => {
  expect(blocksOf(7, 40, 100)).toEqual([0, 0, 8, 8, 8, 8]);
  expect(blocksOf(7, 40, 140)).toEqual([0, 0, 8, 8, 8, 8, 8, 8]);
  expect(blocksOf(8, 40, 100).slice(0, 3)).toEqual([0, 0, 9]);
});

it("knows nothing of a prompt shorter than a block", () => {
  expect(blocksOf(1, 0, 15)).toEqual([]);
  expect(blocksOf(1, 64, 20)).toEqual([0]);
});

it("knows every full block, those of the system prompt as all sessions' and the others as its own", () => {
  const tokens = fc.integer({ min: 0, max: 5000 });
  fc.assert(
    fc.property(tokens, tokens, (systemTokens, promptTokens) => {
      const systemBlocks = Math.floor(systemTokens / 16);
      const blocks = Math.floor(promptTokens / 16);
      expect(blocksOf(3, systemTokens, promptTokens)).toEqual(Array.from({ length: blocks }, (_, b) => (b < systemBlocks ? 0 : 4)));
    }),
  );
});

it("cuts a long context into few units, so that a cache is quick about it", () => {
  expect(prefixOf(1, 0, 16_000)).toMatchObject({ unitTokens: 512, count: 32 });
  expect(prefixOf(1, 500, 16_000)).toMatchObject({ unitTokens: 496, count: 33 });
});
