import { fnv1a64, type OpenTrace, type PlanDeployment, type TrafficConfig } from "@replicast/sim-core";
import { fitsOn, streamParts } from "./capacity-mix.ts";
import { type LoadAt, mixedLoad } from "./capacity-run.ts";
import { type SentRow, type TrialSource, trialSource } from "./capacity-sources.ts";
import { type TrialLoad, traceOfText } from "./capacity-trial.ts";
import type { Lengths } from "./capacity-work.ts";
import type { LoadedScenario } from "./load.ts";

/** The traffic of a deployment's trials. */
export interface TrialTrafficSource {
  /** Everything it depends on that the mix does not show. */
  readonly fingerprint: string;
  /** Traffic of which so many requests are judged. */
  readonly of: (judged: number) => LoadAt;
}

/** The fill lasts as long as a quarter of the judged part, which makes a fifth of all … */
const FILL_SHARE = 0.25;
/** … and so many mean pauses between turns: conversations that were under way at the start have then found their prompts again. */
const FILL_PAUSES = 2;
/** But no more requests than this for the sake of long pauses. */
const FILL_REQUESTS_MAX = 200_000;

const PREFIX_ROUTERS: readonly string[] = ["sessionAffinity", "prefixAffinity", "inferenceGateway"];

/**
 * What trials of a deployment send: requests drawn one by one from its mix or, where a prefix cache or the routing would tell the
 * difference, requests that share what those of the scenario share. Then conversations are in their middle when a trial begins, turns
 * wait for each other, and rows of traces come in their order; what stands for itself, and sessions, arrive at random.
 */
export function trialLoad(
  scenario: Pick<LoadedScenario, "plan" | "openTrace">,
  deployment: PlanDeployment,
  mix: readonly Lengths[],
): TrialTrafficSource {
  const plain = { fingerprint: "", of: (judged: number) => mixedLoad(mix, judged, deployment) };
  if (!isTelling(deployment)) return plain;
  const parts = streamParts(scenario, deployment).filter(({ weight }) => weight > 0);
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  const streams = parts.map((part, index) => ({
    name: `capacity-${index}`,
    share: part.weight / total,
    source: trialSource(scenario, deployment, part, String(index)),
  }));
  if (!streams.some(({ source }) => source.isStructured)) return plain;
  return {
    fingerprint: fnv1a64(JSON.stringify(streams.map(({ share, source }) => [share, source.described]))),
    of: (judged) => (requestsPerSecond) => loadOf(deployment, streams, judged, requestsPerSecond),
  };
}

/** Whether it makes a difference to the deployment what its requests share. */
function isTelling({ serving }: PlanDeployment): boolean {
  const { engine, gateway } = serving;
  const routing = typeof gateway.routing === "string" ? gateway.routing : gateway.routing.kind;
  return engine.batching === undefined && (engine.prefixCaching === true || PREFIX_ROUTERS.includes(routing));
}

interface TrialStream {
  readonly name: string;
  /** Of the requests. */
  readonly share: number;
  readonly source: TrialSource;
}

function loadOf(deployment: PlanDeployment, streams: readonly TrialStream[], judged: number, requestsPerSecond: number): TrialLoad {
  const judgedSeconds = judged / requestsPerSecond;
  const forPauses = FILL_PAUSES * Math.max(...streams.map(({ source }) => source.pauseSeconds));
  const fromSeconds = Math.max(FILL_SHARE * judgedSeconds, Math.min(forPauses, FILL_REQUESTS_MAX / requestsPerSecond));
  const toSeconds = fromSeconds + judgedSeconds;
  const texts = new Map<string, OpenTrace>();
  const lengths: Lengths[] = [];
  const configs = streams.flatMap(({ name, share, source }): readonly TrafficConfig[] => {
    const rows = source.rows(requestsPerSecond * share, toSeconds).filter((row) => fitsOn(deployment, row));
    if (rows.length === 0) return [];
    texts.set(name, traceOfText(textOf(rows)));
    for (const row of rows) lengths.push(row);
    const times = { speed: 1, offsetSeconds: 0, spreadSeconds: 0 };
    return [{ kind: "trace", name, deployment: deployment.name, file: name, ...times, ...source.marks }];
  });
  return {
    streams: configs,
    lengths,
    requestsPerSecond,
    fromSeconds,
    toSeconds,
    openTrace: (file) => (texts.get(file) as OpenTrace)(file),
  };
}

/** JSON lines; the first one says which fields there are. */
function textOf(rows: readonly SentRow[]): string {
  const lines = rows.map(({ seconds, promptTokens, outputTokens, priority, session = null, hashIds }) =>
    JSON.stringify({
      arrival_s: Number(seconds.toFixed(6)),
      input_tokens: promptTokens,
      output_tokens: outputTokens,
      priority,
      session_id: session,
      hash_ids: hashIds,
    }),
  );
  return `${lines.join("\n")}\n`;
}
