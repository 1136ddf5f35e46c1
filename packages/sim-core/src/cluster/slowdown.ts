/** A window in which loading weights or pulling images takes longer. */
export interface Slowdown {
  readonly part: "load" | "pull";
  /** Position of the deployment it is about; −1: all. */
  readonly deployment: number;
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** ≥ 1: how many times as long. */
  readonly factor: number;
}

export interface Work {
  readonly part: "load" | "pull";
  readonly deployment: number;
  readonly fromSeconds: number;
  /** What it takes when nothing slows it down, seconds. */
  readonly seconds: number;
}

const concerns = (slow: Slowdown, part: Work["part"], deployment: number): boolean =>
  slow.part === part && (slow.deployment < 0 || slow.deployment === deployment);

/** How many times as long work takes at a time; windows that overlap multiply. */
export function slowFactor(slowdowns: readonly Slowdown[], part: Work["part"], deployment: number, atSeconds: number): number {
  let factor = 1;
  for (const slow of slowdowns) {
    if (atSeconds >= slow.fromSeconds && atSeconds < slow.toSeconds && concerns(slow, part, deployment)) factor *= slow.factor;
  }
  return factor;
}

/** When a window next begins or ends after a time; infinite: never. */
export function nextSlowEdge(slowdowns: readonly Slowdown[], part: Work["part"], deployment: number, afterSeconds: number): number {
  let edge = Number.POSITIVE_INFINITY;
  for (const slow of slowdowns) {
    if (!concerns(slow, part, deployment)) continue;
    if (slow.fromSeconds > afterSeconds) edge = Math.min(edge, slow.fromSeconds);
    if (slow.toSeconds > afterSeconds) edge = Math.min(edge, slow.toSeconds);
  }
  return edge;
}

/** How long a piece of work takes when it runs through windows in which it is slowed down. */
export function slowedSeconds(slowdowns: readonly Slowdown[], { part, deployment, fromSeconds, seconds }: Work): number {
  let now = fromSeconds;
  let left = seconds;
  for (;;) {
    const factor = slowFactor(slowdowns, part, deployment, now);
    const edge = nextSlowEdge(slowdowns, part, deployment, now);
    if (now + left * factor <= edge) return now === fromSeconds ? left * factor : now - fromSeconds + left * factor;
    left -= (edge - now) / factor;
    now = edge;
  }
}
