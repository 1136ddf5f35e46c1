/** How the requests for one model find a deployment. @see Gateway API HTTPRoute backendRefs, weights; Gateway API inference extension, model rewrites */
export interface ModelRouteConfig {
  /** What requests call it. */
  readonly name: string;
  /**
   * `weights`: a share of the requests for each target; `promptLength`: the first target that takes prompts of this length;
   * `inOrder`: the first target that is ready and not too full.
   */
  readonly rule: ModelRule;
  /** Whether targets without a ready replica are passed over while another target has one. */
  readonly isFallback: boolean;
  readonly targets: readonly ModelTargetConfig[];
}

export type ModelRule = "weights" | "promptLength" | "inOrder";

export interface ModelTargetConfig {
  readonly deployment: string;
  /** Share of the requests it gets, relative to the other targets; rule `weights`. */
  readonly weight: number;
  /** Longest prompt it gets, tokens; rule `promptLength`. */
  readonly promptTokensMax: number;
  /** Passed over while it has more requests in flight per ready replica, and another target takes some; rule `inOrder`. */
  readonly inFlightPerReplicaMax: number;
}
