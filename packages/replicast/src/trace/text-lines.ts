import type { TraceReader } from "@replicast/sim-core";

const PIECE_CHARACTERS = 65_536;

/** A line of a text, numbered from 1. */
export interface NumberedLine {
  readonly text: string;
  readonly line: number;
}

/** The lines of a text that is never held as a whole. */
export function* textLines(reader: TraceReader): Generator<NumberedLine> {
  let line = 0;
  let rest = "";
  for (;;) {
    const piece = reader.read(PIECE_CHARACTERS);
    const lines = (rest + piece).split("\n");
    rest = piece === "" ? "" : (lines.pop() ?? "");
    for (const text of lines) yield { text: text.replace(/\r$/, ""), line: ++line };
    if (piece === "") return;
  }
}

/** The whole text, for files that are small by nature. */
export function wholeText(reader: TraceReader): string {
  let text = "";
  for (let piece = reader.read(PIECE_CHARACTERS); piece !== ""; piece = reader.read(PIECE_CHARACTERS)) text += piece;
  return text;
}
