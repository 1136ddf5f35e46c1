import type { WindowFault } from "../cluster/fault-config.ts";
import type { MetricOutage } from "../scaling/control-loop.ts";
import { type FaultOccurrence, isWindowOf } from "./fault-times.ts";

type Window<Kind extends WindowFault["kind"]> = Extract<WindowFault, { readonly kind: Kind }>;

const isOn = ({ fromSeconds, toSeconds }: FaultOccurrence, nowSeconds: number): boolean =>
  nowSeconds >= fromSeconds && nowSeconds < toSeconds;

/** What the faults of a plan do to metrics on their way from replicas to controllers. */
export class MetricFaults {
  private readonly outages: readonly FaultOccurrence<Window<"metricsOutage">>[];
  private readonly lags: readonly FaultOccurrence<Window<"prometheusLag">>[];
  private readonly losses: readonly FaultOccurrence<Window<"scrapeLoss">>[];

  constructor(occurrences: readonly FaultOccurrence[]) {
    this.outages = occurrences.filter((each) => isWindowOf(each, "metricsOutage"));
    this.lags = occurrences.filter((each) => isWindowOf(each, "prometheusLag"));
    this.losses = occurrences.filter((each) => isWindowOf(each, "scrapeLoss"));
  }

  /** What becomes of answers at a time; where outages overlap an error wins over emptiness, and that over old answers. */
  outageAt(nowSeconds: number): MetricOutage | undefined {
    const outages = this.outages.filter((each) => isOn(each, nowSeconds));
    if (outages.some(({ fault }) => fault.answer === undefined)) return "error";
    if (outages.some(({ fault }) => fault.answer === "empty")) return "empty";
    const [first] = outages; // in the order of the scenario
    return first && { staleSinceSeconds: first.fromSeconds };
  }

  /** How old the newest visible samples are, at least, seconds; the longest lag counts. */
  lagAt(nowSeconds: number): number {
    return this.lags.reduce((longest, each) => (isOn(each, nowSeconds) ? Math.max(longest, each.fault.lagSeconds) : longest), 0);
  }

  /** Share of the scrapes of the deployment's pods that fail. */
  lostShareAt(deployment: string, nowSeconds: number): number {
    let share = 0;
    for (const each of this.losses) {
      if (each.fault.deployment === deployment && isOn(each, nowSeconds)) share = Math.max(share, each.fault.share);
    }
    return share;
  }

  /** For how long samples must be kept beyond what queries reach, seconds: old answers and late samples look further back. */
  get reachSeconds(): number {
    const lag = this.lags.reduce((longest, { fault }) => Math.max(longest, fault.lagSeconds), 0);
    const stale = this.outages.filter(({ fault }) => fault.answer === "stale");
    return lag + stale.reduce((longest, { fromSeconds, toSeconds }) => Math.max(longest, toSeconds - fromSeconds), 0);
  }
}
