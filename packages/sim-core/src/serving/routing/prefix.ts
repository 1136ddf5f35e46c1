import type { RequestTable } from "../request-table.ts";

/** Tokens of a block in the gateway's approximate index of prefixes. @see llm-d router, blockSizeTokens, default 16 */
export const PREFIX_BLOCK_TOKENS = 16;
/** Leading blocks of a prompt that are looked up at most. @see llm-d router, maxPrefixBlocksToMatch, default 256 */
export const MAX_PREFIX_BLOCKS = 256;

/**
 * What a prompt begins with, as one number: the key of its shared prefix where the traffic names one, else its
 * session, whose prompts each contain the one before; −1 when neither is known.
 */
export function prefixKeyOf(table: RequestTable, slot: number): number {
  const key = table.prefixKey[slot] as number;
  if (key >= 0) return 2 * key;
  const session = table.sessionId[slot] as number;
  return session >= 0 ? 2 * session + 1 : -1;
}

/** Full blocks of the prompt that belong to its prefix key. */
export function prefixBlocksOf(table: RequestTable, slot: number): number {
  const tokens = (table.prefixKey[slot] as number) >= 0 ? (table.prefixTokens[slot] as number) : (table.promptTokens[slot] as number);
  return Math.min(MAX_PREFIX_BLOCKS, Math.floor(tokens / PREFIX_BLOCK_TOKENS));
}

/** Full blocks of the prompt. */
export function promptBlocksOf(table: RequestTable, slot: number): number {
  return Math.min(MAX_PREFIX_BLOCKS, Math.floor((table.promptTokens[slot] as number) / PREFIX_BLOCK_TOKENS));
}
