import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { sha256Base64 } from "./sha256.ts";

const oracle = (text: string): string => createHash("sha256").update(text, "utf8").digest("base64");

it.each(["", "abc", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"])("hashes the standard's example %j", (text) => {
  expect(sha256Base64(text)).toBe(oracle(text));
});

it("agrees with OpenSSL on every length around the block size", () => {
  for (let length = 0; length < 200; length++) expect(sha256Base64("x".repeat(length))).toBe(oracle("x".repeat(length)));
});

it("agrees with OpenSSL on any text, surrogates and all", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
      expect(sha256Base64(text)).toBe(oracle(text));
    }),
    { seed: 3, numRuns: 40 },
  );
  expect(sha256Base64("a\ud800b")).toBe(oracle("a\ufffdb"));
});
