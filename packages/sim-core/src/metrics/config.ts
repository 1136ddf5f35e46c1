/** How metrics travel from replicas to policies. */
export interface MetricsConfig {
  /** @see Prometheus scrape_interval; 15 s is common */
  readonly scrapeIntervalSeconds: number;
  /**
   * When targets are scraped within the interval: `together`, all at its start, or `spread`, each at a place of its own that follows
   * from its name, as Prometheus does. Absent: together.
   */
  readonly scrapeOffset?: "together" | "spread";
  /** Names the metrics APIs offer beside the exported ones: an adapter's rules in short. */
  readonly adapter: readonly AdapterRule[];
  /** Usage the resource metrics API reports, as a share of the request; not modelled, stated by the scenario. */
  readonly cpuUtilization: number;
  readonly memoryUtilization: number;
}

/** @see prometheus-adapter: `as` is the API name, the query is asked at each read */
export interface AdapterRule {
  readonly as: string;
  /** PromQL. For pods metrics it must keep the label `pod`. */
  readonly query: string;
  /** Present where the query has gaps to fill in, as the adapter's own rules have. */
  readonly template?: AdapterTemplate;
}

/** What fills the gaps of an adapter's `metricsQuery`, and who may ask. */
export interface AdapterTemplate {
  /** Name of the series the metric was found by: `<<.Series>>`. */
  readonly series: string;
  /** `custom`: pods and object metrics; `external`: external metrics. */
  readonly api: "custom" | "external";
  /** Label that holds an object's name, by its resource in the singular: `resources.overrides`. */
  readonly labels: { readonly [resource: string]: string };
  /** Label of resources that are not listed, with `<<.Resource>>` to fill in: `resources.template`. */
  readonly labelPattern: string;
  /** Whether external metrics are looked for in the asker's namespace only. */
  readonly namespaced: boolean;
}
