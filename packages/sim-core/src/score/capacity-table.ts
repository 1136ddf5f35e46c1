/** κ(n): the Poisson load one of n warm replicas carries at the SLO, in requests of mean work per second, ascending in n. */
export interface DeploymentCapacity {
  readonly deployment: string;
  readonly points: readonly { readonly replicas: number; readonly requestsPerSecond: number }[];
  /** What weighs a request of given token counts against the mean of the mix (mean weight 1). */
  readonly work: WorkWeights;
}

/**
 * Work of a request, in units of the mix's mean: `perRequest + perPromptToken·p + perOutputToken·o +
 * perPromptTokenSquared·p² + perContextToken·o·(p + o/2)`, the finite difference of the step time at half load.
 */
export interface WorkWeights {
  readonly perRequest: number;
  readonly perPromptToken: number;
  readonly perOutputToken: number;
  readonly perPromptTokenSquared: number;
  readonly perContextToken: number;
}

export type CapacityTable = readonly DeploymentCapacity[];
