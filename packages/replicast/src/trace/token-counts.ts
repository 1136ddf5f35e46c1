/** How often each token count occurs: exact, as there are far fewer different counts than requests. */
export class TokenCounts {
  readonly #times = new Map<number, number>();
  #count = 0;
  #sum = 0;

  add(tokens: number): void {
    this.#times.set(tokens, (this.#times.get(tokens) ?? 0) + 1);
    this.#count++;
    this.#sum += tokens;
  }

  get count(): number {
    return this.#count;
  }

  /** NaN without any. */
  get mean(): number {
    return this.#sum / this.#count;
  }

  /** Counts in ascending order, each with how many are at or below it. */
  ladder(): readonly (readonly [tokens: number, atOrBelow: number])[] {
    let atOrBelow = 0;
    return [...this.#times]
      .sort(([a], [b]) => a - b)
      .map(([tokens, times]): readonly [number, number] => {
        atOrBelow += times;
        return [tokens, atOrBelow];
      });
  }

  /** For each probability the smallest count that so many are at or below; for 0 the smallest of all. */
  quantiles(probabilities: readonly number[]): readonly number[] {
    const ladder = this.ladder();
    return probabilities.map((probability) => {
      const wanted = Math.max(1, Math.ceil(probability * this.#count - 1e-9));
      return ladder.find(([, atOrBelow]) => atOrBelow >= wanted)?.[0] ?? Number.NaN;
    });
  }
}
