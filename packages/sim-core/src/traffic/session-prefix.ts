import { growPrefix, type PromptPrefix } from "../domain/request.ts";

/** Text is known in full KV blocks of the usual size. @see vLLM --block-size, default 16 */
const BLOCK_TOKENS = 16;
/** Blocks of a unit where nothing is shared by sessions: what a cache does costs by the unit, so they are not single blocks. */
const USUAL_BLOCKS = 32;
/** Most blocks of a unit. */
const MOST_BLOCKS = 128;

/**
 * Tells the prefix cache what a turn of a conversation begins with: each prompt of a session continues the one before, and all sessions
 * of a stream begin with the same system prompt.
 *
 * @param namespace of the stream's texts
 */
export function setSessionPrefix(
  prefix: PromptPrefix,
  namespace: number,
  session: { readonly sessionId: number; readonly systemTokens: number; readonly promptTokens: number },
): void {
  const systemBlocks = Math.floor(session.systemTokens / BLOCK_TOKENS);
  const unitBlocks = systemBlocks === 0 ? USUAL_BLOCKS : largestDivisor(systemBlocks);
  const blocks = Math.floor(session.promptTokens / BLOCK_TOKENS);
  // the prompt may end inside its last unit, which the next turn then fills
  const count = Math.ceil(blocks / unitBlocks);
  const systemUnits = Math.min(systemBlocks / unitBlocks, count);
  growPrefix(prefix, count);
  prefix.namespace = namespace;
  prefix.unitTokens = unitBlocks * BLOCK_TOKENS;
  prefix.count = count;
  // equal ids after equal ids stand for equal text: behind the system prompt the session's number is enough
  prefix.ids.fill(0, 0, systemUnits);
  prefix.ids.fill(session.sessionId + 1, systemUnits, count);
}

/** Units must end where the system prompt does. */
function largestDivisor(blocks: number): number {
  let divisor = Math.min(blocks, MOST_BLOCKS);
  while (blocks % divisor > 0) divisor--;
  return divisor;
}
