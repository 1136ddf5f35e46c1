/** Tests one character, given as its code point. */
export type CharacterTest = (codePoint: number) => boolean;

/** A set of characters: ranges of code points (both ends included) and further tests, perhaps inverted. */
export interface CharacterSet {
  readonly ranges: readonly (readonly [number, number])[];
  readonly tests: readonly CharacterTest[];
  readonly negated: boolean;
}

const DIGITS: readonly (readonly [number, number])[] = [[0x30, 0x39]];
const SPACES: readonly (readonly [number, number])[] = [
  [0x09, 0x0a],
  [0x0c, 0x0d],
  [0x20, 0x20],
];
const WORDS: readonly (readonly [number, number])[] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];

/** ASCII classes as in `[[:alpha:]]`. @see https://github.com/google/re2/wiki/Syntax */
const POSIX: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  alnum: [
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x61, 0x7a],
  ],
  alpha: [
    [0x41, 0x5a],
    [0x61, 0x7a],
  ],
  ascii: [[0x00, 0x7f]],
  blank: [
    [0x09, 0x09],
    [0x20, 0x20],
  ],
  cntrl: [
    [0x00, 0x1f],
    [0x7f, 0x7f],
  ],
  digit: DIGITS,
  graph: [[0x21, 0x7e]],
  lower: [[0x61, 0x7a]],
  print: [[0x20, 0x7e]],
  punct: [
    [0x21, 0x2f],
    [0x3a, 0x40],
    [0x5b, 0x60],
    [0x7b, 0x7e],
  ],
  space: [
    [0x09, 0x0d],
    [0x20, 0x20],
  ],
  upper: [[0x41, 0x5a]],
  word: WORDS,
  xdigit: [
    [0x30, 0x39],
    [0x41, 0x46],
    [0x61, 0x66],
  ],
};

/** The set of `\d`, `\s`, `\w` and their opposites, ASCII only as in RE2; undefined for other letters. */
export function perlClass(letter: string): CharacterSet | undefined {
  const lower = letter.toLowerCase();
  const ranges = lower === "d" ? DIGITS : lower === "s" ? SPACES : lower === "w" ? WORDS : undefined;
  return ranges && { ranges, tests: [], negated: letter !== lower };
}

/** The set of `[:name:]` or `[:^name:]`; undefined for an unknown name. */
export function posixClass(name: string): CharacterSet | undefined {
  const negated = name.startsWith("^");
  const key = negated ? name.slice(1) : name;
  const ranges = Object.hasOwn(POSIX, key) ? POSIX[key] : undefined;
  return ranges && { ranges, tests: [], negated };
}

/** The set of `\p{Name}`, by general category or script; undefined for an unknown name. */
export function unicodeClass(name: string, negated: boolean): CharacterSet | undefined {
  const inverted = name.startsWith("^");
  const property = inverted ? name.slice(1) : name;
  if (property === "Any") return { ranges: [[0, 0x10ffff]], tests: [], negated: negated !== inverted };
  const pattern = unicodePattern(property);
  if (!pattern) return undefined;
  const test: CharacterTest = (codePoint) => pattern.test(String.fromCodePoint(codePoint));
  return { ranges: [], tests: [test], negated: negated !== inverted };
}

function unicodePattern(property: string): RegExp | undefined {
  if (!/^[A-Za-z_]+$/.test(property)) return undefined;
  for (const condition of [`gc=${property}`, `sc=${property}`]) {
    try {
      return new RegExp(`^\\p{${condition}}$`, "u");
    } catch {
      // Not a general category, or neither that nor a script.
    }
  }
  return undefined;
}

/** A test for the members of a set; with `foldCase`, of any case of them. */
export function testOf(set: CharacterSet, foldCase: boolean): CharacterTest {
  const isMember = (codePoint: number): boolean =>
    set.ranges.some(([low, high]) => codePoint >= low && codePoint <= high) || set.tests.some((test) => test(codePoint));
  if (!foldCase) return (codePoint) => isMember(codePoint) !== set.negated;
  return (codePoint) => casesOf(codePoint).some(isMember) !== set.negated;
}

/** A character and its simple case variants, as code points. */
export function casesOf(codePoint: number): number[] {
  const text = String.fromCodePoint(codePoint);
  const variants = [codePoint];
  for (const variant of [text.toLowerCase(), text.toUpperCase(), text.toUpperCase().toLowerCase()]) {
    const code = variant.codePointAt(0) ?? codePoint;
    if (String.fromCodePoint(code) === variant && !variants.includes(code)) variants.push(code);
  }
  return variants;
}
