/** What may be slow: where weights are stored, or the network over which images come, and weights from anywhere but the node's own disk. */
export type SlowPart = "storage" | "network";

/** What work needs. */
export const PULL: readonly SlowPart[] = ["network"];
export const LOAD: readonly SlowPart[] = ["storage"];
export const LOAD_OVER_NETWORK: readonly SlowPart[] = ["storage", "network"];

/** A window in which one of them takes longer. */
export interface Slowdown {
  readonly part: SlowPart;
  /** Position of the deployment it is about; −1: all. */
  readonly deployment: number;
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** ≥ 1: how many times as long. */
  readonly factor: number;
}

export interface Work {
  readonly needs: readonly SlowPart[];
  readonly deployment: number;
  readonly fromSeconds: number;
  /** What it takes when nothing slows it down, seconds. */
  readonly seconds: number;
}

const concerns = (slow: Slowdown, needs: Work["needs"], deployment: number): boolean =>
  needs.includes(slow.part) && (slow.deployment < 0 || slow.deployment === deployment);

/** How many times as long work takes at a time; windows that overlap multiply. */
export function slowFactor(slowdowns: readonly Slowdown[], needs: Work["needs"], deployment: number, atSeconds: number): number {
  let factor = 1;
  for (const slow of slowdowns) {
    if (atSeconds >= slow.fromSeconds && atSeconds < slow.toSeconds && concerns(slow, needs, deployment)) factor *= slow.factor;
  }
  return factor;
}

/** When a window next begins or ends after a time; infinite: never. */
export function nextSlowEdge(slowdowns: readonly Slowdown[], needs: Work["needs"], deployment: number, afterSeconds: number): number {
  let edge = Number.POSITIVE_INFINITY;
  for (const slow of slowdowns) {
    if (!concerns(slow, needs, deployment)) continue;
    if (slow.fromSeconds > afterSeconds) edge = Math.min(edge, slow.fromSeconds);
    if (slow.toSeconds > afterSeconds) edge = Math.min(edge, slow.toSeconds);
  }
  return edge;
}

/** How long a piece of work takes when it runs through windows in which it is slowed down. */
export function slowedSeconds(slowdowns: readonly Slowdown[], { needs, deployment, fromSeconds, seconds }: Work): number {
  let now = fromSeconds;
  let left = seconds;
  for (;;) {
    const factor = slowFactor(slowdowns, needs, deployment, now);
    const edge = nextSlowEdge(slowdowns, needs, deployment, now);
    if (now + left * factor <= edge) return now === fromSeconds ? left * factor : now - fromSeconds + left * factor;
    left -= (edge - now) / factor;
    now = edge;
  }
}
