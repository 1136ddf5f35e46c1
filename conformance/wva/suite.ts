import { jsonLinesSuite, type Suite } from "../suite.ts";
import { queueAnalyzer } from "./queue-analyzer.ts";

/** llm-d's Workload Variant Autoscaler. */
export const wvaSuite: Suite = jsonLinesSuite("wva", [queueAnalyzer]);
