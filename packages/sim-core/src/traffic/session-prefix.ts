import { growPrefix, type PromptPrefix } from "../domain/request.ts";

/** Fine enough that every full KV block of the usual 16 tokens is known. */
const UNIT_TOKENS = 16;

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
  const count = Math.floor(session.promptTokens / UNIT_TOKENS);
  const systemUnits = Math.floor(session.systemTokens / UNIT_TOKENS);
  growPrefix(prefix, count);
  prefix.namespace = namespace;
  prefix.unitTokens = UNIT_TOKENS;
  prefix.count = count;
  // equal ids after equal ids stand for equal text: behind the system prompt the session's number is enough
  prefix.ids.fill(0, 0, Math.min(systemUnits, count));
  prefix.ids.fill(session.sessionId + 1, Math.min(systemUnits, count), count);
}
