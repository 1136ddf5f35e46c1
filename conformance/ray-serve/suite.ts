import { jsonLinesSuite, type Suite } from "../suite.ts";
import { aggregate } from "./aggregate.ts";
import { policy } from "./policy.ts";

/** Ray Serve's default autoscaling policy and its metrics. */
export const rayServeSuite: Suite = jsonLinesSuite("ray-serve", [aggregate, policy]);
