import { formatDuration } from "@replicast/sim-core";
import type { LengthSummary, Share, TraceSummary } from "./summarize.ts";

const BARS = "▁▂▃▄▅▆▇█";
/** Names told of a long list. */
const NAMES_MAX = 8;

const short = (value: number): string => String(Number(value.toPrecision(4)));
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** A summary for people. */
export function summaryText(summary: TraceSummary): string {
  const { format, requests, firstSeconds, lastSeconds, rate, burstiness, sessions, prefix } = summary;
  if (requests === 0) return `format      ${format}\nrequests    none\n`;
  const peak = rate.meanPerSecond > 0 ? ` (${short(rate.peakMinutePerSecond / rate.meanPerSecond)} times the mean)` : "";
  const dispersion = burstiness.dispersion.map(({ windowSeconds, index }) => `${windowSeconds} s ${index === null ? "–" : short(index)}`);
  const lines: (readonly [string, string])[] = [
    ["format", format],
    ["requests", `${requests}, from ${formatDuration(round(firstSeconds))} to ${formatDuration(round(lastSeconds))}`],
    ["rate", `${short(rate.meanPerSecond)}/s; busiest minute ${short(rate.peakMinutePerSecond)}/s${peak}`],
    ["profile", sparkline(rate.profilePerSecond)],
    ["gaps", `CV ${burstiness.gapCv === null ? "–" : short(burstiness.gapCv)} (Poisson: 1)`],
    ["dispersion", `${dispersion.join(", ")} (Poisson: 1)`],
    ["prompt", lengthText(summary.promptTokens)],
    ["output", lengthText(summary.outputTokens)],
    ["correlation", `${summary.rankCorrelation === null ? "–" : summary.rankCorrelation.toFixed(2)} (ranks of prompt and output)`],
  ];
  if (sessions !== undefined)
    lines.push([
      "sessions",
      `${sessions.count} with ${short(sessions.meanTurns)} turns on average, p95 ${sessions.p95Turns}, max ${sessions.maxTurns}; ${percent(sessions.requests / requests)} of the requests`,
    ]);
  if (prefix !== undefined)
    lines.push([
      "prefixes",
      `${percent(prefix.sharedBlocks)} of ${prefix.blocks} blocks seen before; ${percent(prefix.requestsBeyondFirst)} of the requests share more than the first`,
    ]);
  if (summary.tenants !== undefined) lines.push(["tenants", sharesText(summary.tenants)]);
  if (summary.models !== undefined) lines.push(["models", sharesText(summary.models)]);
  return lines.map(([name, text]) => `${name.padEnd(12)}${text}\n`).join("");
}

const round = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/** Values as bars from 0 to the largest. */
export function sparkline(values: readonly number[]): string {
  const most = values.reduce((largest, value) => Math.max(largest, value), 0);
  return values.map((value) => BARS[most === 0 ? 0 : Math.min(BARS.length - 1, Math.floor((value / most) * BARS.length))] ?? "").join("");
}

function lengthText({ mean, p1, p5, p50, p95, p99, max }: LengthSummary): string {
  return `mean ${short(mean)}; p1 ${p1}, p5 ${p5}, p50 ${p50}, p95 ${p95}, p99 ${p99}, max ${max}`;
}

function sharesText(shares: readonly Share[]): string {
  const told = shares.slice(0, NAMES_MAX).map(({ name, share }) => `${name} ${percent(share)}`);
  const more = shares.length - told.length;
  return `${shares.length}: ${told.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
