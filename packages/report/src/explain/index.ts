export { type DecisionText, explainDecision, type SourceOf, sourcesOf } from "./decision.ts";
export type { DeploymentAtMoment, ExplainedDecision, Explanation, PodAtMoment } from "./explanation.ts";
export { explainRun } from "./explanation.ts";
export { type Moment, parseMoment } from "./moment.ts";
export { readRuns } from "./record.ts";
export { renderExplanations } from "./text.ts";
