import { type ArrivalsConfig, type DistributionConfig, type RateConfig, SimError } from "@replicast/sim-core";
import type { StreamFit, StreamMatch, TraceFit } from "./fit-flow.ts";

/** A number with so many digits that matter. */
const short = (value: number): string => String(Number(value.toPrecision(4)));
const percent = (ratio: number): string => `${ratio < 0 ? "−" : "+"}${(100 * Math.abs(ratio)).toFixed(1)} %`;

/** The profile as YAML to put under `traffic:` of a scenario; comments say how well it matches. */
export function fitYaml(fit: TraceFit): string {
  const head = [`# fitted to ${fit.requests} requests in ${short(fit.spanSeconds)} s`, "traffic:"];
  return `${[...head, ...fit.streams.flatMap((stream) => streamLines(stream, fit.heldShare))].join("\n")}\n`;
}

function streamLines(stream: StreamFit, heldShare: number): readonly string[] {
  const { name, arrivals, lengths, match, heldOut, tried } = stream;
  const others = tried.map(({ kind, error }) => `${kind} ${error === null ? "–" : error.toFixed(2)}`).join(", ");
  return [
    `  # error of arrivals, mean |ln(generated ÷ given)|: ${others}`,
    ...matchLines("all", match),
    ...(heldOut === undefined
      ? ["  # held out: too few requests to judge by"]
      : matchLines(`held out, last ${short(100 * heldShare)} %, by a fit of the rest`, heldOut)),
    `  - name: ${streamName(name)}`,
    "    arrivals:",
    ...arrivalsLines(arrivals).map((line) => `      ${line}`),
    "    lengths:",
    `      prompt: ${distributionText(lengths.promptTokens, "")}`,
    `      output: ${distributionText(lengths.outputTokens, "")}`,
  ];
}

function matchLines(what: string, match: StreamMatch): readonly string[] {
  const pairs = match.given.dispersion.map(({ windowSeconds, index }, i) => {
    const made = match.generated.dispersion[i]?.index ?? null;
    return index === null || made === null ? "" : ` ${windowSeconds} s ${index.toFixed(1)} (made ${made.toFixed(1)})`;
  });
  const cv = (value: number | null): string => (value === null ? "–" : value.toFixed(2));
  return [
    `  # ${what}: ${match.requests} requests, made ${percent(match.rateRatio - 1)}; CV of gaps ${cv(match.given.gapCv)} (made ${cv(match.generated.gapCv)}); dispersion${pairs.join("")}`,
    ...(["promptTokens", "outputTokens"] as const).map((field) => {
      const { ksDistance, meanRatio, quantileErrors } = match[field];
      const { p50, p95, p99 } = quantileErrors;
      return `  #   ${field === "promptTokens" ? "prompt" : "output"}: KS distance ${ksDistance.toFixed(3)}; mean ${percent(meanRatio - 1)}, p50 ${percent(p50)}, p95 ${percent(p95)}, p99 ${percent(p99)}`;
    }),
  ];
}

/** A tenant's name as the schema takes names. */
export function streamName(name: string): string {
  const cleaned = name
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .slice(0, 63)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, "");
  // YAML would read a number or a word such as "no" as something else
  return `"${cleaned === "" ? "stream" : cleaned}"`;
}

function arrivalsLines(arrivals: ArrivalsConfig): readonly string[] {
  switch (arrivals.kind) {
    case "onOff":
      return [
        "kind: onOff",
        `rate: ${short(arrivals.ratePerSecond)}/s`,
        `burstSize: ${distributionText(arrivals.burstSize, "")}`,
        `off: ${distributionText(arrivals.offSeconds, "s")}`,
      ];
    case "gamma":
      return ["kind: gamma", rateLine(arrivals.rate), `cv: ${short(arrivals.cv)}`];
    case "modulatedPoisson":
      return ["kind: modulatedPoisson", rateLine(arrivals.rate), `sigma: ${short(arrivals.sigma)}`, `tau: ${short(arrivals.tauSeconds)}s`];
    default:
      return [`kind: ${arrivals.kind}`, rateLine(arrivals.rate)];
  }
}

function rateLine(rate: RateConfig): string {
  if (rate.kind !== "points") return `rate: ${short(rate.perSecond)}/s`;
  const points = rate.points.map(([seconds, perSecond]) => `[${short(seconds)}s, ${short(perSecond)}/s]`);
  return `rate: { points: [${points.join(", ")}] }`;
}

function distributionText(distribution: DistributionConfig, unit: string): string {
  // a fit makes no others
  if (distribution.kind !== "quantiles") throw new SimError("fit_distribution", Number.NaN, { kind: distribution.kind });
  return `{ quantiles: [${distribution.points.map(([probability, value]) => `[${probability}, ${short(value)}${unit}]`).join(", ")}] }`;
}
