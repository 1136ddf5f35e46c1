import type { Observer } from "@replicast/sim-core";

const FIRST_ROWS = 4096;
/** Time, deployment, prompt tokens, output tokens. */
const CELLS = 4;

/** The requests of a run, kept as numbers until it is known what to ask of them. */
export class Arrivals {
  /** Give it to the run as an observer. */
  readonly observe: Observer;
  private readonly names: readonly string[];
  private cells: Float64Array = new Float64Array(FIRST_ROWS * CELLS);
  private used = 0;

  /** @param names of the deployments */
  constructor(names: readonly string[]) {
    this.names = names;
    const index = new Map(names.map((name, i) => [name, i]));
    this.observe = (fact) => {
      if (fact.kind !== "request-arrived") return;
      if (this.used === this.cells.length) this.grow();
      this.cells[this.used] = fact.timeSeconds;
      this.cells[this.used + 1] = index.get(fact.deployment) ?? -1;
      this.cells[this.used + 2] = fact.promptTokens;
      this.cells[this.used + 3] = fact.outputTokens;
      this.used += CELLS;
    };
  }

  /** Tells an observer of the same requests again, in the same order; only times, deployments and tokens are those of the run. */
  tell(observe: Observer): void {
    for (let at = 0; at < this.used; at += CELLS) {
      observe({
        kind: "request-arrived",
        timeSeconds: this.cells[at] as number,
        requestId: at / CELLS,
        deployment: this.names[this.cells[at + 1] as number] ?? "",
        promptTokens: this.cells[at + 2] as number,
        outputTokens: this.cells[at + 3] as number,
      });
    }
  }

  private grow(): void {
    const cells = new Float64Array(2 * this.cells.length);
    cells.set(this.cells);
    this.cells = cells;
  }
}
