import type { LabelMatcher } from "../domain/series-reader.ts";
import type { Series } from "./series.ts";

/** Series by each of their labels, in order of creation: a selector looks only at those that share its rarest label. */
export class LabelIndex {
  private all: Series[] = [];
  private readonly postings = new Map<string, Map<string, Series[]>>();

  add(series: Series): void {
    this.all.push(series);
    for (const [name, value] of Object.entries(series.labels)) {
      const byValue = this.postings.get(name);
      const list = byValue?.get(value);
      if (list !== undefined) list.push(series);
      else if (byValue !== undefined) byValue.set(value, [series]);
      else this.postings.set(name, new Map([[value, [series]]]));
    }
  }

  /** Replaces every list that has lost a series, so that who holds a list sees by its identity that it is no longer the one. */
  remove(gone: ReadonlySet<Series>): void {
    const isKept = (series: Series): boolean => !gone.has(series);
    this.all = this.all.filter(isKept);
    const touched = new Map<string, Set<string>>();
    for (const { labels } of gone) {
      for (const [name, value] of Object.entries(labels)) {
        const values = touched.get(name);
        if (values === undefined) touched.set(name, new Set([value]));
        else values.add(value);
      }
    }
    for (const [name, values] of touched) {
      const byValue = this.postings.get(name);
      for (const value of values) {
        const kept = (byValue?.get(value) ?? []).filter(isKept);
        if (kept.length > 0) byValue?.set(value, kept);
        else byValue?.delete(value);
      }
    }
  }

  clear(): void {
    this.all = [];
    this.postings.clear();
  }

  /** A list that holds every series the matchers can select, and as few others as an index by single labels allows; undefined: none can match. */
  candidates(matchers: readonly LabelMatcher[]): readonly Series[] | undefined {
    let best: readonly Series[] = this.all;
    for (const { name, op, value } of matchers) {
      if (op !== "=" || value === "") continue;
      const list = this.postings.get(name)?.get(value);
      if (list === undefined) return undefined;
      if (list.length < best.length) best = list;
    }
    return best;
  }

  get series(): readonly Series[] {
    return this.all;
  }
}
