const SECONDS_PER_UNIT: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  y: 31_536_000,
};

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

/**
 * Value of a number or duration literal, a duration in seconds.
 * @returns undefined when the text is neither.
 * @see https://prometheus.io/docs/prometheus/latest/querying/basics/#float-literals-and-time-durations
 */
export function parseNumber(text: string): number | undefined {
  const sign = text.startsWith("-") ? -1 : 1;
  const body = text.replace(/^[+-]\s*/, "");
  const lower = body.toLowerCase();
  if (lower === "inf") return sign * Number.POSITIVE_INFINITY;
  if (lower === "nan") return Number.NaN;
  const digits = lower.replaceAll("_", "");
  if (/^0x[0-9a-f]+$/.test(digits) || /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(digits)) return sign * readNumber(digits);
  const seconds = parseDuration(body);
  return seconds === undefined ? undefined : sign * seconds;
}

function readNumber(digits: string): number {
  // A leading zero makes whole numbers octal, as in Go, where the digits allow it.
  return /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
}

function parseDuration(text: string): number | undefined {
  if (!/^(\d+y)?(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/.test(text) || text === "") return undefined;
  let milliseconds = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[ywdhms])/g)) {
    milliseconds += Number(count) * Math.round((SECONDS_PER_UNIT[unit ?? ""] ?? 0) * 1000);
  }
  return milliseconds / 1000;
}

/** What a string literal stands for, or where and why it is not one. */
export type Unquoted = { readonly value: string } | { readonly error: string };

/** Reads a string literal with Go's escapes; back quotes take their text as it is. */
export function unquote(literal: string): Unquoted {
  const quote = literal.charAt(0);
  if (literal.length < 2 || !literal.endsWith(quote)) return { error: "unterminated quoted string" };
  const body = literal.slice(1, -1);
  if (quote === "`") return { value: body };
  if (!body.includes("\\")) return body.includes("\n") ? { error: "unterminated quoted string" } : { value: body };
  return readEscapes(body, quote);
}

function readEscapes(body: string, quote: string): Unquoted {
  let value = "";
  let bytes: number[] = [];
  for (let at = 0; at < body.length; ) {
    const part: Escape = body.charAt(at) === "\\" ? readEscape(body, at + 1, quote) : { text: body.charAt(at), next: at + 1 };
    if ("error" in part) return part;
    at = part.next;
    // Bytes that follow each other make up characters together, in UTF-8.
    if (part.byte !== undefined) bytes.push(part.byte);
    else {
      value += decodeUtf8(bytes) + part.text;
      bytes = [];
    }
  }
  return { value: value + decodeUtf8(bytes) };
}

type Escape = { readonly text: string; readonly byte?: number; readonly next: number } | { readonly error: string };

function readEscape(body: string, at: number, quote: string): Escape {
  const letter = body.charAt(at);
  if (letter === "") return { error: "escape sequence not terminated" };
  const simple = SIMPLE_ESCAPES[letter];
  if (simple !== undefined && (simple === letter ? letter === quote || letter === "\\" : true)) return { text: simple, next: at + 1 };
  if (letter === "x") return readCode(body, at + 1, 2, 16, true);
  if (letter === "u") return readCode(body, at + 1, 4, 16, false);
  if (letter === "U") return readCode(body, at + 1, 8, 16, false);
  if (letter >= "0" && letter <= "7") return readCode(body, at, 3, 8, true);
  return { error: `unknown escape sequence ${describe(letter)}` };
}

function readCode(body: string, at: number, length: number, base: 8 | 16, isByte: boolean): Escape {
  const digits = body.slice(at, at + length);
  const wrong = [...digits].find((digit) => Number.isNaN(Number.parseInt(digit, base)));
  if (wrong !== undefined) return { error: `illegal character ${describe(wrong)} in escape sequence` };
  if (digits.length < length) return { error: "escape sequence not terminated" };
  const code = Number.parseInt(digits, base);
  if (isByte)
    return code > 255 ? { error: "escape sequence is an invalid Unicode code point" } : { text: "", byte: code, next: at + length };
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return { error: "escape sequence is an invalid Unicode code point" };
  return { text: String.fromCodePoint(code), next: at + length };
}

function describe(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `U+${code} '${character}'`;
}

function decodeUtf8(bytes: readonly number[]): string {
  if (bytes.length === 0) return "";
  try {
    return decodeURIComponent(bytes.map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""));
  } catch {
    return "\ufffd".repeat(bytes.length);
  }
}

/** Text of a number as Go writes it with `%v`-like shortest digits and never an exponent. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  const text = String(value);
  const [, sign = "", whole = "", fraction = "", exponent] = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(text) ?? [];
  if (exponent === undefined) return text;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, "0").slice(0, point)}${digits.length > point ? `.${digits.slice(point)}` : ""}`;
}
