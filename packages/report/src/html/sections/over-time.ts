import type { ComparisonResult, DeploymentResult, RunResult } from "@replicast/sim-core";
import { queueChart, trafficChart, ttftOverTimeChart, violationsChart } from "../../charts/over-time.ts";
import { replicasChart } from "../../charts/replicas.ts";
import { formatCount, formatNumber } from "../../format.ts";
import { formatFixed } from "../../format-columns.ts";
import { rankedRuns } from "../../summary.ts";
import { type Figures, ON_PAGE } from "../figure.ts";
import { type Html, html } from "../markup.ts";

/** The run over time: traffic, replicas of every policy, who waited and who was failed, all on one time axis. */
export function overTimeSection(result: ComparisonResult, figures: Figures): Html {
  return html`<section id="time" aria-labelledby="time-title">
<h2 id="time-title">Capacity against load, over time</h2>
<p>Where ready falls below required, users wait; where it stands above, GPUs idle. Times are on the wall clock of ${result.scenario.timeZone} at the start of the run.</p>
<div class="bar stick" role="group" aria-label="Time range of the charts">
<button type="button" data-range="0.5,0">Zoom in</button><button type="button" data-range="2,0">Zoom out</button><button type="button" data-range="1,-0.5">Earlier</button><button type="button" data-range="1,0.5">Later</button><button type="button" data-range="all">Whole run</button>
<output id="time-label" aria-live="polite">whole run</output><span>Drag a chart to move, shift and wheel to zoom: all follow.</span>
</div>
<div class="charts">
${figures.add({ title: "Traffic", note: "Requests that arrive per minute, the same for every policy.", wide: true, spec: trafficChart(result, ON_PAGE) })}
</div>
<div class="charts">
${replicaFigures(result, figures)}
</div>
<div class="charts">
${figures.add({ title: "When objectives were missed", note: "Share of the requests arriving at that time that missed an objective; stronger colour is worse.", wide: true, spec: violationsChart(result, ON_PAGE) })}
</div>
<div class="charts">
${figures.add({ title: "Time to first token, p95", note: "Of requests that completed, by minute of arrival; the worst minute of each interval. The dashed line is the objective.", spec: ttftOverTimeChart(result, ON_PAGE) })}
${figures.add({ title: "Requests waiting", note: "At the gateway and at replicas, longest queue of each interval.", spec: queueChart(result, ON_PAGE) })}
</div>
</section>
`;
}

function replicaFigures(result: ComparisonResult, figures: Figures): readonly Html[] {
  const tops = new Map<string, number>();
  for (const run of result.runs)
    for (const deployment of run.deployments) tops.set(deployment.name, Math.max(tops.get(deployment.name) ?? 1, top(deployment)));
  return rankedRuns(result).flatMap((run) =>
    run.deployments.map((deployment) =>
      figures.add({
        title: run.deployments.length > 1 ? `${run.policy}: ${deployment.name}` : run.policy,
        note: replicaNote(run, deployment),
        spec: replicasChart(run, deployment, { ...ON_PAGE, maxReplicas: tops.get(deployment.name) ?? 1 }),
      }),
    ),
  );
}

function replicaNote(run: RunResult, deployment: DeploymentResult): string {
  const { replicasMean, replicasMax, scaleUps, scaleDowns } = deployment;
  return `Existing replicas: ${formatFixed(replicasMean, 2)} on average, ${formatNumber(replicasMax)} at most; ${formatCount(scaleUps, "scale-up decision")}, ${formatCount(scaleDowns, "scale-down decision")}; ${formatCount(run.slo.violationMinutes, "violation minute")}.`;
}

/** Highest value of any of the deployment's series. */
function top(deployment: DeploymentResult): number {
  let highest = 1;
  for (const series of [deployment.required, deployment.desired, deployment.existing, deployment.ready]) {
    for (const [, value] of series) if (value > highest) highest = value;
  }
  return highest;
}
