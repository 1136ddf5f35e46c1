import type { Labels } from "./series.ts";

/** The label that holds the metric's name. */
export const METRIC_NAME = "__name__";

/** What is left of a label set: only the named labels, or all but them. */
export interface Selection {
  readonly keep: boolean;
  readonly names: readonly string[];
}

/** Distinct label sets remembered before all are forgotten, so that churn of pods does not pile up … */
const MOST_LABEL_SETS = 20_000;
/** … or this many times those that a single evaluation needs, if that is more: a large fleet must not forget all the time. */
const MOST_EVALUATIONS = 4;

/**
 * Makes label sets comparable by identity: equal sets come back as the same object. What was derived from a series'
 * labels is found again by that object, so that a query asked every few seconds builds each label set once.
 */
export class LabelStore {
  private sets = new Map<string, Labels>();
  private canonical = new WeakMap<Labels, Labels>();
  private projections = new WeakMap<Selection, WeakMap<Labels, Labels>>();
  private limit = MOST_LABEL_SETS;
  private isFresh = true;

  /** The one object that stands for this label set; labels with an empty value do not count. */
  intern(labels: Labels): Labels {
    const known = this.canonical.get(labels);
    if (known) return known;
    const interned = this.build(Object.keys(labels), labels);
    this.canonical.set(labels, interned);
    return interned;
  }

  /** The selected part of a label set, interned. The same selection object must be used again to profit from the memory. */
  project(labels: Labels, selection: Selection): Labels {
    let memory = this.projections.get(selection);
    if (!memory) {
      memory = new WeakMap();
      this.projections.set(selection, memory);
    }
    const known = memory.get(labels);
    if (known) return known;
    const names = selection.keep ? [...new Set(selection.names)] : Object.keys(labels).filter((name) => !selection.names.includes(name));
    const projected = this.build(names, labels);
    memory.set(labels, projected);
    return projected;
  }

  /**
   * Forgets everything once too much has gathered; to be called between evaluations, never inside one.
   * @returns whether it has forgotten: label sets handed out before no longer stand for equal ones handed out later.
   */
  trim(): boolean {
    if (this.isFresh && this.sets.size > 0) {
      this.isFresh = false;
      this.limit = Math.max(MOST_LABEL_SETS, MOST_EVALUATIONS * this.sets.size);
    }
    if (this.sets.size < this.limit) return false;
    this.isFresh = true;
    this.sets = new Map();
    this.canonical = new WeakMap();
    this.projections = new WeakMap();
    return true;
  }

  private build(names: readonly string[], labels: Labels): Labels {
    const present = names.filter((name) => Object.hasOwn(labels, name) && labels[name] !== "").sort();
    let key = "";
    for (const name of present) key += `${name.length}:${name}${labels[name]?.length}:${labels[name]}`;
    const known = this.sets.get(key);
    if (known) return known;
    const built: Labels = Object.fromEntries(present.map((name) => [name, labels[name] ?? ""]));
    this.sets.set(key, built);
    this.canonical.set(built, built);
    return built;
  }
}

/** Value of a label, empty when it is absent. */
export function labelValue(labels: Labels, name: string): string {
  return Object.hasOwn(labels, name) ? (labels[name] ?? "") : "";
}

/** Text of a label set as Prometheus writes it in messages. */
export function formatLabels(labels: Labels): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((name) => `${name}=${JSON.stringify(labels[name])}`);
  return `{${pairs.join(", ")}}`;
}
