import { type CharacterSet, type CharacterTest, perlClass, posixClass, testOf, unicodeClass } from "./character-class.ts";

/** A pattern that RE2 refuses; the message is RE2's. */
export class RegexError extends Error {}

/** Reads a pattern character by character: escapes and character classes, which know nothing of the rest. */
export class PatternScanner {
  protected readonly text: string;
  protected at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** `\d`, `\pL`, `\p{Greek}` …, after the backslash; undefined when something else follows. */
  protected readClassEscape(): CharacterSet | undefined {
    const letter = this.text.charAt(this.at);
    const perl = perlClass(letter);
    if (perl) {
      this.at += 1;
      return perl;
    }
    if (letter !== "p" && letter !== "P") return undefined;
    const name = /^[pP](?:\{([^}]*)\}|(.))/s.exec(this.text.slice(this.at));
    const set = name ? unicodeClass(name[1] ?? name[2] ?? "", letter === "P") : undefined;
    if (!name || !set) throw new RegexError(`invalid character class range: \`\\${name?.[0] ?? letter}\``);
    this.at += name[0].length;
    return set;
  }

  /** Code point of an escaped character, after the backslash. */
  protected readCharacterEscape(): number {
    const rest = this.text.slice(this.at);
    if (rest === "") throw new RegexError("trailing backslash at end of expression: ``");
    const code = /^(?:x([0-9A-Fa-f]{2})|x\{([0-9A-Fa-f]+)\}|(0[0-7]{0,2}|[1-7][0-7]{1,2}))/.exec(rest);
    if (code) {
      const value = code[3] === undefined ? Number.parseInt(code[1] ?? code[2] ?? "", 16) : Number.parseInt(code[3], 8);
      if (value > 0x10ffff) throw new RegexError(`invalid escape sequence: \`\\${code[0]}\``);
      this.at += code[0].length;
      return value;
    }
    const control = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 }[rest.charAt(0)];
    if (control === undefined && /^[\w\u0080-\uffff]/.test(rest)) throw new RegexError(`invalid escape sequence: \`\\${rest.charAt(0)}\``);
    this.at += 1;
    return control ?? rest.charCodeAt(0);
  }

  protected parseClass(): CharacterSet {
    const start = this.at - 1;
    const negated = this.take("^");
    const ranges: (readonly [number, number])[] = [];
    const tests: CharacterTest[] = [];
    for (let first = true; first || !this.sees("]"); first = false) {
      if (this.at >= this.text.length) throw new RegexError(`missing closing ]: \`${this.text.slice(start)}\``);
      const set = this.readClassInClass();
      if (set) tests.push(testOf(set, false));
      else ranges.push(this.readRange(start));
    }
    this.at += 1;
    return { ranges, tests, negated };
  }

  private readClassInClass(): CharacterSet | undefined {
    const posix = /^\[:(\^?\w*):\]/.exec(this.text.slice(this.at));
    if (posix) {
      const set = posixClass(posix[1] ?? "");
      if (!set) throw new RegexError(`invalid character class range: \`${posix[0]}\``);
      this.at += posix[0].length;
      return set;
    }
    if (!this.sees("\\")) return undefined;
    this.at += 1;
    const set = this.readClassEscape();
    if (!set) this.at -= 1;
    return set;
  }

  private readRange(start: number): readonly [number, number] {
    const from = this.at;
    const low = this.readClassCharacter(start);
    if (!this.sees("-") || this.text.charAt(this.at + 1) === "]") return [low, low];
    this.at += 1;
    const high = this.readClassCharacter(start);
    if (high < low) throw new RegexError(`invalid character class range: \`${this.text.slice(from, this.at)}\``);
    return [low, high];
  }

  private readClassCharacter(start: number): number {
    if (this.at >= this.text.length) throw new RegexError(`missing closing ]: \`${this.text.slice(start)}\``);
    return this.take("\\") ? this.readCharacterEscape() : (this.next().codePointAt(0) ?? 0);
  }

  protected next(): string {
    const character = String.fromCodePoint(this.text.codePointAt(this.at) ?? 0);
    this.at += character.length;
    return character;
  }

  protected sees(character: string): boolean {
    return this.text.charAt(this.at) === character;
  }

  protected take(character: string): boolean {
    if (!this.sees(character)) return false;
    this.at += 1;
    return true;
  }
}
