/** How the requests for one model find a deployment. @see Gateway API HTTPRoute backendRefs, weights; Gateway API inference extension, model rewrites */
export interface ModelRouteConfig {
  /** What requests call it. */
  readonly name: string;
  /**
   * `weights`: a share of the requests for each target; `promptLength`: the first target that takes prompts of this length;
   * `inOrder`: the first target that is ready and not too full; `complexity`: the first target that is good enough for what a
   * classifier takes the request for; `cascade`: the first target, and the next one after an answer that is judged not to do.
   */
  readonly rule: ModelRule;
  /** Whether targets without a ready replica are passed over while another target has one. */
  readonly isFallback: boolean;
  /** Share of the requests whose complexity is seen as it is; the others look like any. Absent: 1. */
  readonly classifierAccuracy?: number;
  readonly targets: readonly ModelTargetConfig[];
}

export type ModelRule = "weights" | "promptLength" | "inOrder" | "complexity" | "cascade";

export interface ModelTargetConfig {
  readonly deployment: string;
  /** Share of the requests it gets, relative to the other targets; rule `weights`. */
  readonly weight: number;
  /** Longest prompt it gets, tokens; rule `promptLength`. */
  readonly promptTokensMax: number;
  /** Passed over while it has more requests in flight per ready replica, and another target takes some; rule `inOrder`. */
  readonly inFlightPerReplicaMax: number;
  /** Passed over while its replicas' KV caches are fuller on average, 0…1. Absent: never. */
  readonly kvCacheUtilizationMax?: number;
  /** Its answers do for requests up to this complexity, 0…1. Absent: for all, or nobody asks. */
  readonly adequateUpTo?: number;
  /** It gets requests that are seen as at most this complex (`complexity`), or its answers to them are accepted (`cascade`). Absent: all. */
  readonly scoreMax?: number;
}
