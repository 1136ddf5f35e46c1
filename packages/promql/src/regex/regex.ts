import { compilePattern, type Instruction, sizeOf } from "./program.ts";
import { type Assertion, parsePattern } from "./syntax.ts";

/**
 * A fully anchored RE2 pattern, matched by simulating its automaton: time grows with pattern × text,
 * whatever the pattern (JavaScript's own matcher backtracks and can take exponential time).
 */
export interface AnchoredRegex {
  readonly matches: (text: string) => boolean;
  /** Texts of the groups (0: the whole; empty for one that took no part); undefined when the text does not match. */
  readonly groups: (text: string) => readonly string[] | undefined;
  /** Number of the group with this name, or -1. */
  readonly groupIndex: (name: string) => number;
}

/** Longest pattern accepted, in UTF-16 code units, and largest program compiled from one. */
const LONGEST_PATTERN = 10_000;
const LARGEST_PROGRAM = 100_000;

/**
 * Compiles a pattern as Prometheus does for label matchers: RE2 syntax, anchored at both ends, `.` matching newlines.
 * @throws Error with RE2's message when RE2 refuses the pattern.
 */
export function compileRegex(text: string): AnchoredRegex {
  if (text.length > LONGEST_PATTERN) throw new Error(`expression too large: \`${text.slice(0, 40)}…\``);
  if (/^[\w \-:/@,;=<>!#%&"'~`]*$/.test(text)) return literalRegex(text);
  const { pattern, names } = parsePattern(text);
  if (sizeOf(pattern) > LARGEST_PROGRAM) throw new Error(`expression too large: \`${text.slice(0, 40)}…\``);
  const program = compilePattern(pattern);
  const slots = 2 * names.length;
  return {
    matches: (subject) => simulate(program, subject, 0) !== undefined,
    groups: (subject) => {
      const saved = simulate(program, subject, slots);
      return saved && readGroups(saved, subject, names.length);
    },
    groupIndex: (name) => (name === "" ? -1 : names.indexOf(name)),
  };
}

function literalRegex(text: string): AnchoredRegex {
  return {
    matches: (subject) => subject === text,
    groups: (subject) => (subject === text ? [subject] : undefined),
    groupIndex: () => -1,
  };
}

function readGroups(saved: Int32Array, subject: string, groups: number): string[] {
  const texts = [subject];
  for (let group = 1; group < groups; group++) {
    const from = saved[2 * group] ?? -1;
    const to = saved[2 * group + 1] ?? -1;
    texts.push(from >= 0 && to >= from ? subject.slice(from, to) : "");
  }
  return texts;
}

/** Threads at one position, in order of preference; `mark` finds in one step whether an instruction is among them. */
interface Threads {
  readonly instructions: number[];
  readonly saved: Int32Array[];
  readonly mark: Uint32Array;
}

/** Runs all threads side by side. Returns the group positions of the preferred match of the whole text. */
function simulate(program: readonly Instruction[], subject: string, slots: number): Int32Array | undefined {
  let current: Threads = { instructions: [], saved: [], mark: new Uint32Array(program.length) };
  let following: Threads = { instructions: [], saved: [], mark: new Uint32Array(program.length) };
  addThread({ program, subject, position: 0, threads: current }, 0, new Int32Array(slots).fill(-1));
  for (let position = 0; position < subject.length && current.instructions.length > 0; ) {
    const code = subject.codePointAt(position) ?? 0;
    position += code > 0xffff ? 2 : 1;
    following.instructions.length = 0;
    following.saved.length = 0;
    for (let thread = 0; thread < current.instructions.length; thread++) {
      const index = current.instructions[thread] ?? 0;
      const instruction = program[index];
      if (instruction?.kind !== "character" || !instruction.test(code)) continue;
      addThread({ program, subject, position, threads: following }, index + 1, current.saved[thread] ?? new Int32Array(slots));
    }
    [current, following] = [following, current];
  }
  const matched = current.instructions.findIndex((index) => program[index]?.kind === "match");
  return matched < 0 ? undefined : current.saved[matched];
}

interface Place {
  readonly program: readonly Instruction[];
  readonly subject: string;
  readonly position: number;
  readonly threads: Threads;
}

/** Adds a thread and all it reaches without reading a character; an explicit stack, as patterns can be long. */
function addThread({ program, subject, position, threads }: Place, start: number, saved: Int32Array): void {
  const stack: { index: number; saved: Int32Array }[] = [{ index: start, saved }];
  for (let top = stack.pop(); top; top = stack.pop()) {
    const instruction = program[top.index];
    if (!instruction || threads.mark[top.index] === position + 1) continue;
    threads.mark[top.index] = position + 1;
    switch (instruction.kind) {
      case "jump":
        stack.push({ index: instruction.to, saved: top.saved });
        break;
      case "split":
        stack.push({ index: instruction.second, saved: top.saved }, { index: instruction.first, saved: top.saved });
        break;
      case "save":
        stack.push({ index: top.index + 1, saved: withSlot(top.saved, instruction.slot, position) });
        break;
      case "assertion":
        if (holds(instruction.at, subject, position)) stack.push({ index: top.index + 1, saved: top.saved });
        break;
      default:
        threads.instructions.push(top.index);
        threads.saved.push(top.saved);
    }
  }
}

function withSlot(saved: Int32Array, slot: number, position: number): Int32Array {
  if (slot >= saved.length) return saved;
  const copy = saved.slice();
  copy[slot] = position;
  return copy;
}

function holds(assertion: Assertion, subject: string, position: number): boolean {
  switch (assertion) {
    case "text-start":
      return position === 0;
    case "text-end":
      return position === subject.length;
    case "line-start":
      return position === 0 || subject.charAt(position - 1) === "\n";
    case "line-end":
      return position === subject.length || subject.charAt(position) === "\n";
    case "word-boundary":
    case "no-word-boundary": {
      const boundary = /^\w$/.test(subject.charAt(position - 1)) !== /^\w$/.test(subject.charAt(position));
      return boundary === (assertion === "word-boundary");
    }
  }
}
