import { jsonLinesSuite, type Suite } from "../suite.ts";
import { cron } from "./cron.ts";
import { formula } from "./formula.ts";
import { hpaSpec } from "./hpa-spec.ts";
import { manifestValidation } from "./manifest-validation.ts";
import { prometheusScaler } from "./prometheus-scaler.ts";
import { scaleLoop } from "./scaleloop.ts";

/** KEDA's operator and metrics server. */
export const kedaSuite: Suite = jsonLinesSuite("keda", [scaleLoop, cron, hpaSpec, formula, prometheusScaler, manifestValidation]);
