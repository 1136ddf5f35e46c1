import type { PromptPrefix } from "../domain/request.ts";

const HIGH_BITS = 0x1f_ffff;
const TWO_TO_32 = 4_294_967_296;

/**
 * Keys of the units of a prompt: each stands for the unit and everything before it, as a chain of hashes does in
 * vLLM, so equal keys mean equal text from the very start. 53 bits: among a million units the chance of a mistaken
 * hit is below one in ten thousand.
 * @param into gets one key per id, from `start` on
 */
export function chainKeys(prefix: PromptPrefix, into: Float64Array, start: number): void {
  let low = Math.imul(prefix.namespace + 1, 0x9e3779b1);
  let high = Math.imul(prefix.namespace + 1, 0x85ebca6b);
  for (let i = 0; i < prefix.count; i++) {
    const id = prefix.ids[i] as number;
    low = scramble(low ^ id, high);
    high = scramble(high ^ Math.floor(id / TWO_TO_32), low);
    into[start + i] = (high & HIGH_BITS) * TWO_TO_32 + (low >>> 0);
  }
}

/** Spreads every bit of two words over one. */
function scramble(word: number, other: number): number {
  let mixed = Math.imul(word ^ (other >>> 16) ^ (other << 13), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0x297a2d39) + other;
  return mixed ^ (mixed >>> 15);
}
