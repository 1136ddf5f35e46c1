const OFFSET_HIGH = 0xcbf29ce4;
const OFFSET_LOW = 0x84222325;
/** The prime is 2^40 + 0x1b3. */
const PRIME_LOW = 0x1b3;

/**
 * FNV-1a, 64 bits, over the UTF-8 bytes of a text; 16 hexadecimal digits.
 * @see Fowler, Noll, Vo; draft-eastlake-fnv
 */
export function fnv1a64(text: string): string {
  let high = OFFSET_HIGH;
  let low = OFFSET_LOW;
  for (const byte of utf8(text)) {
    low = (low ^ byte) >>> 0;
    // (high·2^32 + low) × (2^40 + 0x1b3) mod 2^64, in parts below 2^53
    const product = low * PRIME_LOW;
    const carry = Math.floor(product / 0x1_0000_0000);
    high = (high * PRIME_LOW + carry + low * 256) % 0x1_0000_0000;
    low = product % 0x1_0000_0000;
  }
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}

function* utf8(text: string): Generator<number> {
  for (const character of text) {
    const point = character.codePointAt(0) as number; // a character of an iterated string is never empty
    if (point < 0x80) yield point;
    else if (point < 0x800) yield* [0xc0 | (point >> 6), continuation(point)];
    else if (point < 0x1_0000) yield* [0xe0 | (point >> 12), continuation(point >> 6), continuation(point)];
    else yield* [0xf0 | (point >> 18), continuation(point >> 12), continuation(point >> 6), continuation(point)];
  }
}

function continuation(bits: number): number {
  return 0x80 | (bits & 0x3f);
}

/** JSON with sorted keys and no absent members, so that equal values have equal text. Infinite numbers are written as text. */
export function canonicalJson(value: unknown): string {
  if (typeof value === "number" && !Number.isFinite(value)) return `"${value}"`;
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(",")}}`;
}
