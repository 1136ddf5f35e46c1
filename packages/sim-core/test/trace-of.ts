import type { OpenTrace } from "../src/traffic/config.ts";

/** A trace of these requests: arrival in seconds, prompt and answer tokens. */
export function traceOf(rows: readonly (readonly [number, number, number])[]): OpenTrace {
  return textTrace(`arrival_s,input_tokens,output_tokens\n${rows.map((row) => `${row.join(",")}\n`).join("")}`);
}

/** A trace file with this text. */
export function textTrace(text: string): OpenTrace {
  return () => {
    let at = 0;
    return {
      read(maxCharacters) {
        const piece = text.slice(at, at + maxCharacters);
        at += piece.length;
        return piece;
      },
    };
  };
}
