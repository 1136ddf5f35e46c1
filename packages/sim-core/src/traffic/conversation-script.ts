import { createSampler } from "../random/distributions.ts";
import { createStreams } from "../random/streams.ts";
import { wholeCount } from "./arrivals.ts";
import type { LengthsConfig, SessionConfig } from "./config.ts";

/** One turn of a conversation as it is planned. */
export interface ScriptedTurn {
  /** From the end of the answer before; 0 in a first turn. */
  readonly thinkSeconds: number;
  /** Everything said before, and the new input. */
  readonly promptTokens: number;
  readonly outputTokens: number;
}

/**
 * Conversations that stand for all of a stream, if every turn is answered. The same for the same lengths and sessions.
 * @param outputTokensMax after so many tokens answers end
 */
export function scriptConversations(
  lengths: LengthsConfig,
  session: SessionConfig,
  count: number,
  outputTokensMax: number = Number.POSITIVE_INFINITY,
): readonly (readonly ScriptedTurn[])[] {
  const stream = createStreams("conversations").get("scripts");
  const turnsOf = createSampler(session.turns);
  const thinkOf = createSampler(session.thinkSeconds);
  const promptOf = createSampler(lengths.promptTokens);
  const outputOf = createSampler(lengths.outputTokens);
  return Array.from({ length: count }, () => {
    const planned = wholeCount(turnsOf.sample(stream));
    const turns: ScriptedTurn[] = [];
    let contextTokens = session.systemTokens;
    for (let turn = 0; turn < planned; turn++) {
      const promptTokens = contextTokens + wholeCount(promptOf.sample(stream));
      const outputTokens = Math.min(outputTokensMax, wholeCount(outputOf.sample(stream)));
      const thinkSeconds = thinkOf.sample(stream);
      contextTokens = promptTokens + outputTokens;
      if (turn > 0 && contextTokens > session.maxContextTokens) break;
      turns.push({ thinkSeconds: turn === 0 ? 0 : thinkSeconds, promptTokens, outputTokens });
    }
    return turns;
  });
}
