import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, fnv1a64 } from "./hash.ts";

describe("fnv1a64", () => {
  it.each([
    ["", "cbf29ce484222325"],
    ["a", "af63dc4c8601ec8c"],
    ["foobar", "85944171f73967e8"],
  ])("hashes %j as the reference does", (text, hash) => {
    expect(fnv1a64(text)).toBe(hash);
  });

  it("equals the definition in big integers, on any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        let hash = 0xcbf29ce484222325n;
        for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
        expect(fnv1a64(text)).toBe(hash.toString(16).padStart(16, "0"));
      }),
    );
  });
});

describe("canonicalJson", () => {
  it("does not depend on the order of keys, nor on absent members", () => {
    expect(canonicalJson({ b: [1, { y: 2, x: undefined }], a: null })).toBe(canonicalJson({ a: null, b: [1, { y: 2 }] }));
    expect(canonicalJson({ b: 1, a: "x" })).toBe('{"a":"x","b":1}');
  });

  it("keeps infinity apart from null", () => {
    expect(canonicalJson([Number.POSITIVE_INFINITY, null])).toBe('["Infinity",null]');
  });

  it("is JSON that reads back, for any JSON value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
