import { jsonLinesSuite, type Suite } from "../suite.ts";
import { behavior } from "./behavior.ts";
import { manifestVerdict } from "./manifest-verdict.ts";
import { metricsCombine } from "./metrics-combine.ts";
import { quantity } from "./quantity.ts";
import { reconcile } from "./reconcile.ts";
import { replicaCalculator } from "./replica-calculator.ts";

/** The Kubernetes HorizontalPodAutoscaler. */
export const hpaSuite: Suite = jsonLinesSuite("hpa", [replicaCalculator, behavior, metricsCombine, reconcile, manifestVerdict, quantity]);
