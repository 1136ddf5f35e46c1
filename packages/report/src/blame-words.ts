import type { BlameCause } from "@replicast/sim-core/score";

/** How reports speak of a cause. */
export interface CauseWords {
  readonly name: string;
  /** Ends "… of the late requests"; the deployment's name may follow "of". */
  readonly late: string;
  /** Ends "… of the idle dollars were kept by". */
  readonly idle: string;
}

const same = (name: string, late: string, idle: string = name): CauseWords => ({ name, late, idle });

export const CAUSE_WORDS: Readonly<Record<BlameCause, CauseWords>> = {
  foresight: same("not foreseen", "waited for a replica that only a forecast could have asked for"),
  scrape: same("not scraped", "waited for the next scrape", "samples that were not taken yet"),
  poll: same("not looked at", "waited for the policy's next look", "a policy that had not looked yet"),
  metric: same("metric missing", "waited while a metric failed, or was late", "metrics that failed, or were late"),
  tolerance: same("inside tolerance", "waited because the deviation was inside the tolerance", "the tolerance"),
  stabilization: same("stabilised", "waited for a stabilisation window", "a stabilisation window"),
  rate: same("step limit", "waited for a limit of the steps", "a limit of the steps"),
  cooldown: same("cooldown", "waited for a cooldown", "a cooldown"),
  min: same("minimum", "waited because the minimum was all there was", "the minimum"),
  max: same("maximum", "waited because the maximum was reached", "the maximum"),
  paused: same("paused", "waited because scaling was paused", "a pause of scaling"),
  forecast: same("forecast", "waited because the forecast, or the calendar, was too low", "a forecast, or a calendar, that was too high"),
  rule: same("rule", "waited because the policy's rule asked for no more", "the policy's rule"),
  headroom: same("head-room", "waited because of head-room", "head-room in the policy's target"),
  node: same("node", "waited for a node"),
  pull: same("image pull", "waited for the image pull"),
  load: same("start and load", "waited for the engine to start and the weights to load"),
  warmUp: same("warm-up", "waited for the engine's warm-up"),
  probe: same("probe", "waited for the readiness probe"),
  endpoints: same("endpoints", "waited until the gateway knew of a replica that was ready"),
  fault: same("fault", "suffered from a fault", "a fault"),
  drainCut: same("cut off by a drain", "were cut off when their replica was removed"),
  routing: same("routing", "were sent to a replica that had more to do than others"),
  cascade: same("cascade", "had first been answered by a model whose answer did not do"),
  burst: same("burst", "came in a burst shorter than the window of the load"),
  coldReplica: same("cold replica", "met a replica that was ready and still slow"),
  sharedGpu: same("shared GPU", "shared their GPU with others that had work"),
  preemption: same("preemption", "were preempted, for want of KV cache"),
  ownLength: same("own length", "were too long for the objective on any replica"),
  unknownModel: same("unknown model", "named a model that nobody serves"),
  unexplained: same("unexplained", "are not explained", "nothing that is known"),
};
