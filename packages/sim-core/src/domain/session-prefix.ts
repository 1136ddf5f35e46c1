import type { RequestOrigin } from "./request.ts";

/** Blocks of one prompt, and more than any model reads. */
const BLOCKS_MAX = 1_048_576;

/**
 * A number that stands for what one KV block of a request's prompt or answer holds: equal in two requests when all tokens up to the
 * block's end are. Sessions only grow, so a block of a session is the same in all later turns; blocks within the system prompt are the
 * same in all sessions of the stream.
 * @param origin of a request with a session: a request without one shares nothing
 * @param block from 0, < 2^20
 * @param blockTokens tokens per block
 */
export function prefixBlockKey(
  { stream, sessionId, systemTokens }: Pick<RequestOrigin, "stream" | "sessionId" | "systemTokens">,
  block: number,
  blockTokens: number,
): number {
  return (block + 1) * blockTokens <= systemTokens ? -1 - (stream * BLOCKS_MAX + block) : sessionId * BLOCKS_MAX + block;
}

/** Whole blocks at the front of a prompt that the session's previous turn, or the system prompt, has computed already. */
export function sharedBlocks({ sharedTokens }: Pick<RequestOrigin, "sharedTokens">, blockTokens: number): number {
  return Math.floor(sharedTokens / blockTokens);
}
