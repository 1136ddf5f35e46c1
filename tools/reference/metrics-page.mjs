import { METRICS } from "@replicast/sim-core/metrics";
import { KNOWN_METRICS } from "@replicast/sim-core/score";
import { code, GENERATED, table } from "./markdown.mjs";

/** Gateways that export what not every gateway does. */
const NEEDS = {
  endpointMetrics: "Only with `inferenceGateway` or `leastKvCache` routing or flow control.",
  flowControl: "Only with flow control.",
};

/** @returns {string} the page about metrics: those that replicas export, and those of a result */
export function metricsPage() {
  return `${GENERATED}

# Metrics

## Exported metrics

What policies can query, under the names the real components use. They are scraped every \`metrics.scrapeInterval\` (15 s by
default), so a controller sees them with their age. Histograms are exported as \`NAME_bucket\`, \`NAME_sum\` and \`NAME_count\`.
Custom and external metrics APIs offer each under its own name, beside the rules in \`metrics.adapter\`.

${table(
  ["name", "type", "labels", "unit", "meaning"],
  METRICS.map(({ name, type, labels, unit, help, needs }) => [
    code(name),
    type,
    labels.map(code).join(", "),
    unit,
    needs === undefined ? help : `${help} ${NEEDS[needs]}`,
  ]),
)}

CPU and memory of containers are not modelled: the resource metrics API answers with the scenario's \`metrics.cpuUtilization\` and
\`metrics.memoryUtilization\`.

## Result metrics

What \`thresholds\` can test and \`derive\` and \`costs\` can compute with. A latency needs an aggregation in a threshold
(\`p(95)\`, \`avg\`, \`max\` …) and a field in a formula (\`ttft.p95Seconds\`). The scenario's own formulas are \`derive.NAME\` and
\`costs.NAME\`.

${table(
  ["name", "unit", "meaning"],
  KNOWN_METRICS.map(({ path, unit, kind, description }) => [
    code(path),
    kind === "latency" ? `${unit}, a distribution` : unit,
    description,
  ]),
)}
`;
}
