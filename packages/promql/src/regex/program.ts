import type { CharacterTest } from "./character-class.ts";
import type { Assertion, Pattern } from "./syntax.ts";

/** One step of a compiled pattern; targets are indices into the program. */
export type Instruction =
  | { readonly kind: "character"; readonly test: CharacterTest }
  | { readonly kind: "assertion"; readonly at: Assertion }
  /** Go on at `first`, and if that fails at `second`. */
  | { kind: "split"; first: number; second: number }
  | { kind: "jump"; to: number }
  | { readonly kind: "save"; readonly slot: number }
  | { readonly kind: "match" };

/** Number of instructions a pattern compiles to, the final one apart; repeats are written out. */
export function sizeOf(pattern: Pattern): number {
  switch (pattern.kind) {
    case "empty":
      return 0;
    case "sequence":
      return pattern.parts.reduce((size, part) => size + sizeOf(part), 0);
    case "choice":
      return pattern.parts.reduce((size, part) => size + sizeOf(part) + 2, -2);
    case "repeat":
      return (pattern.max === Number.POSITIVE_INFINITY ? pattern.min + 1 : pattern.max) * (sizeOf(pattern.part) + 2);
    case "group":
      return sizeOf(pattern.part) + 2;
    default:
      return 1;
  }
}

/** Compiles a pattern to a program for the simulation of its automaton. */
export function compilePattern(pattern: Pattern): Instruction[] {
  const program: Instruction[] = [];
  emit(pattern, program);
  program.push({ kind: "match" });
  return program;
}

function emit(pattern: Pattern, program: Instruction[]): void {
  switch (pattern.kind) {
    case "empty":
      return;
    case "character":
    case "assertion":
      program.push(pattern);
      return;
    case "sequence":
      for (const part of pattern.parts) emit(part, program);
      return;
    case "choice":
      emitChoice(pattern.parts, program);
      return;
    case "repeat":
      emitRepeat(pattern, program);
      return;
    case "group":
      program.push({ kind: "save", slot: 2 * pattern.index });
      emit(pattern.part, program);
      program.push({ kind: "save", slot: 2 * pattern.index + 1 });
  }
}

function emitChoice(parts: readonly Pattern[], program: Instruction[]): void {
  const ends: Extract<Instruction, { kind: "jump" }>[] = [];
  parts.forEach((part, index) => {
    if (index === parts.length - 1) {
      emit(part, program);
      return;
    }
    const split: Instruction = { kind: "split", first: program.length + 1, second: 0 };
    program.push(split);
    emit(part, program);
    const end: Instruction = { kind: "jump", to: 0 };
    program.push(end);
    ends.push(end);
    split.second = program.length;
  });
  for (const end of ends) end.to = program.length;
}

function emitRepeat({ part, min, max, greedy }: Extract<Pattern, { kind: "repeat" }>, program: Instruction[]): void {
  for (let count = 0; count < min; count++) emit(part, program);
  if (max === Number.POSITIVE_INFINITY) {
    const loop = program.length;
    const split = pushSplit(program);
    emit(part, program);
    program.push({ kind: "jump", to: loop });
    aim(split, loop + 1, program.length, greedy);
    return;
  }
  const splits: { readonly split: Extract<Instruction, { kind: "split" }>; readonly body: number }[] = [];
  for (let count = min; count < max; count++) {
    splits.push({ split: pushSplit(program), body: program.length });
    emit(part, program);
  }
  for (const { split, body } of splits) aim(split, body, program.length, greedy);
}

function pushSplit(program: Instruction[]): Extract<Instruction, { kind: "split" }> {
  const split: Extract<Instruction, { kind: "split" }> = { kind: "split", first: 0, second: 0 };
  program.push(split);
  return split;
}

function aim(split: Extract<Instruction, { kind: "split" }>, body: number, after: number, greedy: boolean): void {
  split.first = greedy ? body : after;
  split.second = greedy ? after : body;
}
