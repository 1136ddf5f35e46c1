/** The names closest to what was written, best first: at most three, none that is further off than a third of its length. */
export function nearestNames(written: string, names: readonly string[]): readonly string[] {
  const folded = written.toLowerCase();
  return names
    .map((name, index) => ({ name, index, distance: distanceTo(folded, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(2, Math.floor(name.length / 3)))
    .sort((a, b) => a.distance - b.distance || a.index - b.index)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Writing only the last part of a dotted name ("monthlyUsd" for "cost.monthlyUsd") is the commonest slip, hence nearly no distance. */
function distanceTo(written: string, name: string): number {
  return name.endsWith(`.${written}`) ? 1 : editDistance(written, name);
}

/** Levenshtein distance by rows. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
