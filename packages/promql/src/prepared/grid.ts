import type { Expression, Subquery } from "../ast.ts";
import type { Evaluation } from "../evaluation.ts";
import { partsOf } from "../query.ts";
import type { SeriesHistory } from "../series.ts";
import type { Vector } from "../value.ts";

interface Instant extends Vector {
  readonly newestSampleSeconds: number;
}

/**
 * What a subquery has found at the instants of its grid. An instant that lies before the newest sample stays as it is, because samples
 * come in the order of time; so of an hour's instants only the newest are evaluated.
 */
export class GridMemory {
  private readonly instants = new Map<number, Instant>();
  private history: SeriesHistory | undefined;
  private lookbackSeconds = 0;
  private startMilliseconds = 0;
  private stepSeconds = 0;

  /** What is inside the subquery at an instant; asked in ascending order within one evaluation. */
  at(subquery: Subquery, timeSeconds: number, evaluation: Evaluation): Vector {
    const { history } = evaluation.reader;
    if (history === undefined) return evaluation.vector(subquery.expression, timeSeconds);
    this.match(history, evaluation);
    const known = this.instants.get(timeSeconds);
    if (known !== undefined) {
      if (known.newestSampleSeconds > evaluation.newestSampleSeconds) evaluation.newestSampleSeconds = known.newestSampleSeconds;
      return known;
    }
    const before = evaluation.newestSampleSeconds;
    evaluation.newestSampleSeconds = Number.NEGATIVE_INFINITY;
    const { labels, values } = evaluation.vector(subquery.expression, timeSeconds);
    const newestSampleSeconds = evaluation.newestSampleSeconds;
    evaluation.newestSampleSeconds = Math.max(before, newestSampleSeconds);
    const instant = { labels, values: [...values], newestSampleSeconds };
    if (timeSeconds < history.newestSeconds) this.keep(timeSeconds, instant, subquery.rangeSeconds);
    return instant;
  }

  /** Instants older than the range are of no more use, unless somebody asks about the past again. */
  private keep(timeSeconds: number, instant: Instant, rangeSeconds: number): void {
    this.instants.set(timeSeconds, instant);
    for (const oldest of this.instants.keys()) {
      if (oldest > timeSeconds - 2 * rangeSeconds) break;
      this.instants.delete(oldest);
    }
  }

  private match(history: SeriesHistory, { lookbackSeconds, clock, subqueryStepSeconds }: Evaluation): void {
    const isSame =
      this.history === history &&
      this.lookbackSeconds === lookbackSeconds &&
      this.startMilliseconds === clock.startMilliseconds &&
      this.stepSeconds === subqueryStepSeconds;
    if (isSame) return;
    this.instants.clear();
    this.history = history;
    this.lookbackSeconds = lookbackSeconds;
    this.startMilliseconds = clock.startMilliseconds;
    this.stepSeconds = subqueryStepSeconds;
  }
}

/** Whether what is inside a subquery depends on its own instant alone, and on nothing later than it. */
export function isSettled({ expression }: Subquery): boolean {
  return partsOf(expression).every((part) => !isPinned(part));
}

function isPinned(part: Expression): boolean {
  return (
    (part.kind === "selector" || part.kind === "range" || part.kind === "subquery") &&
    (part.at !== undefined || (part.offsetSeconds ?? 0) < 0)
  );
}
