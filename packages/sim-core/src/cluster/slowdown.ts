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
  readonly part: "load" | "pull" | "warmUp";
  readonly deployment: number;
  readonly fromSeconds: number;
  /** What it takes when nothing slows it down, seconds. */
  readonly seconds: number;
}

/** How long a piece of work takes when it runs through windows in which it is slowed down; windows that overlap multiply. */
export function slowedSeconds(slowdowns: readonly Slowdown[], { part, deployment, fromSeconds, seconds }: Work): number {
  const felt = slowdowns.filter((slow) => slow.part === part && (slow.deployment < 0 || slow.deployment === deployment));
  if (felt.length === 0) return seconds;
  let now = fromSeconds;
  let left = seconds;
  for (;;) {
    const factor = felt.reduce((product, slow) => (now >= slow.fromSeconds && now < slow.toSeconds ? product * slow.factor : product), 1);
    const edges = felt.flatMap((slow) => [slow.fromSeconds, slow.toSeconds]).filter((edge) => edge > now);
    const edge = Math.min(...edges, Number.POSITIVE_INFINITY);
    if (now + left * factor <= edge) return now === fromSeconds ? left * factor : now - fromSeconds + left * factor;
    left -= (edge - now) / factor;
    now = edge;
  }
}
