import { type CharacterTest, casesOf, testOf } from "./character-class.ts";
import { PatternScanner, RegexError } from "./scanner.ts";

/** A parsed regular expression. */
export type Pattern =
  | { readonly kind: "empty" }
  | { readonly kind: "character"; readonly test: CharacterTest }
  | { readonly kind: "assertion"; readonly at: Assertion }
  | { readonly kind: "sequence"; readonly parts: readonly Pattern[] }
  | { readonly kind: "choice"; readonly parts: readonly Pattern[] }
  | { readonly kind: "repeat"; readonly part: Pattern; readonly min: number; readonly max: number; readonly greedy: boolean }
  | { readonly kind: "group"; readonly part: Pattern; readonly index: number };

export type Assertion = "text-start" | "text-end" | "line-start" | "line-end" | "word-boundary" | "no-word-boundary";

/** A pattern with the names of its groups: `names[i]` belongs to group i, empty for a group without a name. */
export interface ParsedPattern {
  readonly pattern: Pattern;
  readonly names: readonly string[];
}

/** Largest count in `x{n}`, nested counts multiplied. @see RE2, kMaxRepeat */
const MOST_REPEATS = 1000;
/** Deepest nesting of groups. @see Go regexp/syntax, maxHeight */
const DEEPEST = 1000;

interface Flags {
  readonly foldCase: boolean;
  readonly multiLine: boolean;
  readonly dotAll: boolean;
  readonly ungreedy: boolean;
}

/**
 * Parses RE2 syntax, with `.` matching newlines, as Prometheus compiles its matchers.
 * @throws RegexError with RE2's message.
 * @see https://github.com/google/re2/wiki/Syntax
 */
export function parsePattern(text: string): ParsedPattern {
  return new PatternParser(escapeQuoted(text)).parse();
}

class PatternParser extends PatternScanner {
  private depth = 0;
  private flags: Flags = { foldCase: false, multiLine: false, dotAll: true, ungreedy: false };
  private readonly names: string[] = [""];

  parse(): ParsedPattern {
    const pattern = this.parseChoice();
    if (this.at < this.text.length) throw new RegexError(`unexpected ): \`${this.text}\``);
    return { pattern, names: this.names };
  }

  private parseChoice(): Pattern {
    const parts: Pattern[] = [this.parseSequence()];
    while (this.take("|")) parts.push(this.parseSequence());
    const [first] = parts;
    return parts.length === 1 && first ? first : { kind: "choice", parts };
  }

  private parseSequence(): Pattern {
    const parts: Pattern[] = [];
    while (this.at < this.text.length && !this.sees("|") && !this.sees(")")) {
      const start = this.at;
      const part = this.parseAtom();
      if (part) parts.push(this.parseRepeats(part, start));
      else if (this.readRepeat()) throw new RegexError(`missing argument to repetition operator: \`${this.text.slice(start, this.at)}\``);
    }
    const [first] = parts;
    return parts.length === 0 ? { kind: "empty" } : parts.length === 1 && first ? first : { kind: "sequence", parts };
  }

  /** One atom; undefined for a flag group such as `(?i)`, which only changes what follows. */
  private parseAtom(): Pattern | undefined {
    const character = this.next();
    switch (character) {
      case "(":
        return this.parseGroup();
      case "[":
        return { kind: "character", test: testOf(this.parseClass(), this.flags.foldCase) };
      case ".":
        return { kind: "character", test: this.flags.dotAll ? () => true : (code) => code !== 0x0a };
      case "^":
        return { kind: "assertion", at: this.flags.multiLine ? "line-start" : "text-start" };
      case "$":
        return { kind: "assertion", at: this.flags.multiLine ? "line-end" : "text-end" };
      case "\\":
        return this.parseEscape();
      case "*":
      case "+":
      case "?":
        throw new RegexError(`missing argument to repetition operator: \`${character}\``);
      default:
        return this.literal(character);
    }
  }

  private literal(character: string): Pattern {
    const wanted = character.codePointAt(0) ?? 0;
    if (!this.flags.foldCase) return { kind: "character", test: (code) => code === wanted };
    const variants = casesOf(wanted);
    return { kind: "character", test: (code) => variants.includes(code) || casesOf(code).includes(wanted) };
  }

  private parseRepeats(atom: Pattern, start: number): Pattern {
    let part = atom;
    let operator: string | undefined;
    for (;;) {
      const from = this.at;
      const repeat = this.readRepeat();
      if (!repeat) return part;
      const text = this.text.slice(from, this.at);
      // `a**` and `a*{2}` are refused by RE2, although `(a*)*` is not.
      if (operator !== undefined) throw new RegexError(`invalid nested repetition operator: \`${operator}${text}\``);
      operator = text;
      part = { kind: "repeat", part, ...repeat };
      if (repeatsOf(part) > MOST_REPEATS) throw new RegexError(`invalid repeat count: \`${this.text.slice(start, this.at)}\``);
    }
  }

  private readRepeat(): { min: number; max: number; greedy: boolean } | undefined {
    const counts = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})/.exec(this.text.slice(this.at));
    const symbol = counts?.[0];
    if (!counts || symbol === undefined) return undefined;
    const bounds = repeatBounds(counts);
    if (bounds.min > MOST_REPEATS || (bounds.max !== Number.POSITIVE_INFINITY && (bounds.max > MOST_REPEATS || bounds.max < bounds.min))) {
      throw new RegexError(`invalid repeat count: \`${symbol}\``);
    }
    this.at += symbol.length;
    const lazy = this.take("?");
    return { ...bounds, greedy: lazy === this.flags.ungreedy };
  }

  private parseGroup(): Pattern | undefined {
    const outer = this.flags;
    const start = this.at - 1;
    let index: number | undefined;
    if (!this.take("?")) index = this.names.push("") - 1;
    else {
      const name = /^P?<([^>]*)>/.exec(this.text.slice(this.at));
      if (name && !/^<[=!]/.test(this.text.slice(this.at))) index = this.nameGroup(name[1] ?? "", name[0]);
      else if (!this.readFlags(start)) return undefined;
    }
    if (++this.depth > DEEPEST) throw new RegexError(`expression nests too deeply: \`${this.text}\``);
    const part = this.parseChoice();
    if (!this.take(")")) throw new RegexError(`missing closing ): \`${this.text}\``);
    this.depth -= 1;
    this.flags = outer;
    return index === undefined ? part : { kind: "group", part, index };
  }

  private nameGroup(name: string, matched: string): number {
    this.at += matched.length;
    if (!/^\w+$/.test(name)) throw new RegexError(`invalid named capture: \`(?${matched}\``);
    if (this.names.includes(name)) throw new RegexError(`duplicate capture group name: \`${name}\``);
    return this.names.push(name) - 1;
  }

  /** Flags after `(?`. True when a group follows (`(?i:`), false when they hold for the rest (`(?i)`). */
  private readFlags(start: number): boolean {
    const flags = /^([imsU]*)(-([imsU]+))?([:)])/.exec(this.text.slice(this.at));
    if (!flags || (flags[1] === "" && flags[2] === undefined && flags[4] === ")")) {
      const end = /^\(\?P?<?[=!]?.?/.exec(this.text.slice(start))?.[0] ?? this.text.slice(start);
      const what =
        this.text.slice(start).includes(")") || end.length > 2
          ? "invalid or unsupported Perl syntax"
          : "missing argument to repetition operator";
      throw new RegexError(`${what}: \`${end}\``);
    }
    this.at += flags[0].length;
    const on = flags[1] ?? "";
    const off = flags[3] ?? "";
    const flag = (letter: string, before: boolean): boolean => (on.includes(letter) || before) && !off.includes(letter);
    const { foldCase, multiLine, dotAll, ungreedy } = this.flags;
    this.flags = {
      foldCase: flag("i", foldCase),
      multiLine: flag("m", multiLine),
      dotAll: flag("s", dotAll),
      ungreedy: flag("U", ungreedy),
    };
    return flags[4] === ":";
  }

  private parseEscape(): Pattern {
    const letter = this.text.charAt(this.at);
    switch (letter) {
      case "A":
      case "z":
      case "b":
      case "B":
        this.at += 1;
        return {
          kind: "assertion",
          at: letter === "A" ? "text-start" : letter === "z" ? "text-end" : letter === "b" ? "word-boundary" : "no-word-boundary",
        };
      default: {
        const set = this.readClassEscape();
        return set
          ? { kind: "character", test: testOf(set, this.flags.foldCase) }
          : this.literal(String.fromCodePoint(this.readCharacterEscape()));
      }
    }
  }
}

/** Writes `\Q…\E` as escaped characters, so that what follows repeats the last of them only. */
function escapeQuoted(text: string): string {
  if (!text.includes("\\Q")) return text;
  return text.replace(/\\(?:Q(.*?)(?:\\E|$)|.)/gs, (whole: string, quoted?: string) =>
    quoted === undefined ? whole : quoted.replace(/[!-/:-@[-`{-~]/g, "\\$&"),
  );
}

function repeatBounds(counts: RegExpExecArray): { min: number; max: number } {
  const [symbol, low, comma, high] = counts;
  if (symbol === "*") return { min: 0, max: Number.POSITIVE_INFINITY };
  if (symbol === "+") return { min: 1, max: Number.POSITIVE_INFINITY };
  if (symbol === "?") return { min: 0, max: 1 };
  const min = Number(low);
  return { min, max: high === "" ? (comma === "" ? min : Number.POSITIVE_INFINITY) : Number(high) };
}

/** Largest product of nested repeat counts, which bounds the size of the compiled program. */
function repeatsOf(pattern: Pattern): number {
  switch (pattern.kind) {
    case "repeat": {
      const count = Math.max(1, pattern.max === Number.POSITIVE_INFINITY ? pattern.min : pattern.max);
      return count * repeatsOf(pattern.part);
    }
    case "sequence":
    case "choice":
      return pattern.parts.reduce((most, part) => Math.max(most, repeatsOf(part)), 1);
    case "group":
      return repeatsOf(pattern.part);
    default:
      return 1;
  }
}
