import type { MeasuredRequest } from "./measured-run.ts";

/**
 * Ids of the units of text of each prompt, such that the longest prefix it shares with a prompt before it is as long as
 * its known hit, in whole units. Which prompt that was is not known: it is taken to be the first one that is long
 * enough, and no shorter than the longest one there was.
 *
 * @param requests in order of arrival
 * @param unitTokens tokens of one unit, the engine's KV block
 * @returns one array per request; empty where nothing is shared with anybody
 */
export function prefixIdsOf(requests: readonly MeasuredRequest[], unitTokens: number): readonly (readonly number[])[] {
  const donors = donorsOf(requests, unitTokens);
  // The last recipients first: what a prompt passes on reaches through all that shared it before.
  const known = donors.map(({ units }) => units);
  for (let i = requests.length - 1; i >= 0; i--) {
    const { index, units } = donors[i] as Donor;
    if (index >= 0) known[index] = Math.max(known[index] as number, units);
  }
  const ids: number[][] = [];
  let next = 0;
  for (const [i, { index, units }] of donors.entries()) {
    const shared = index < 0 ? [] : (ids[index] as number[]).slice(0, units);
    const own = Array.from({ length: (known[i] as number) - shared.length }, () => next++);
    ids.push([...shared, ...own]);
  }
  return ids;
}

interface Donor {
  /** Position of the request that shares its beginning; −1: nobody. */
  readonly index: number;
  /** Units shared. */
  readonly units: number;
}

function donorsOf(requests: readonly MeasuredRequest[], unitTokens: number): readonly Donor[] {
  // Prompts longer than all before them, in order: the first of them that is long enough is the first of all.
  const records: { readonly index: number; readonly units: number }[] = [];
  return requests.map(({ promptTokens, prefixHitTokens = 0 }, i) => {
    const wanted = Math.floor(prefixHitTokens / unitTokens);
    const longest = records.at(-1);
    const donor = wanted === 0 ? undefined : (records.find(({ units }) => units >= wanted) ?? longest);
    const whole = Math.floor(promptTokens / unitTokens);
    if (whole > (longest?.units ?? 0)) records.push({ index: i, units: whole });
    return donor === undefined ? { index: -1, units: 0 } : { index: donor.index, units: Math.min(wanted, donor.units) };
  });
}
