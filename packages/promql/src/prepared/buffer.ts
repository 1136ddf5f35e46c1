import type { Labels } from "../series.ts";
import type { Vector } from "../value.ts";

/**
 * Takes the elements of a vector, evaluation after evaluation. The list of labels stays the same object for as long as it holds the same
 * labels, so that whatever was derived from it is found by that object alone. The vector is valid until the next {@link begin}.
 */
export class VectorBuffer {
  private labels: Labels[] = [];
  private readonly values: number[] = [];
  private count = 0;
  private isNew = false;

  begin(): void {
    this.count = 0;
    this.isNew = false;
  }

  push(labels: Labels, value: number): void {
    const position = this.count++;
    this.values[position] = value;
    if (this.labels[position] === labels && !this.isNew) return;
    if (!this.isNew) {
      this.labels = this.labels.slice(0, position);
      this.isNew = true;
    }
    this.labels.push(labels);
  }

  finish(): Vector {
    if (this.count < this.labels.length) this.labels = this.labels.slice(0, this.count);
    this.values.length = this.count;
    return { labels: this.labels, values: this.values };
  }
}

/** Remembers what was derived from a vector's list of labels; the derivation is repeated when the list is another one. */
export class Derived<Value> {
  private source: readonly Labels[] | undefined;
  private value: Value | undefined;

  /** @param derive may throw: then nothing is remembered */
  of(source: readonly Labels[], derive: (labels: readonly Labels[]) => Value): Value {
    if (this.source === source) return this.value as Value;
    this.source = undefined;
    const value = derive(source);
    this.value = value;
    this.source = source;
    return value;
  }
}

/** A list that equals the one before becomes it, so that its identity tells that nothing has changed. */
export function sameOr(before: readonly Labels[] | undefined, now: Labels[]): Labels[] {
  if (before === undefined || before.length !== now.length) return now;
  for (let i = 0; i < now.length; i++) if (before[i] !== now[i]) return now;
  return before as Labels[];
}
