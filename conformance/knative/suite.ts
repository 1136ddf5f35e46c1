import { jsonLinesSuite, type Suite } from "../suite.ts";
import { buckets } from "./buckets.ts";
import { delayWindow } from "./delay-window.ts";
import { kpa } from "./kpa.ts";
import { resolve } from "./resolve.ts";
import { scaleToZero } from "./scale-to-zero.ts";

/** The Knative pod autoscaler. */
export const knativeSuite: Suite = jsonLinesSuite("knative", [kpa, buckets, delayWindow, resolve, scaleToZero]);
