import {
  createStreams,
  ln,
  type PlanDeployment,
  readTrace,
  type ScriptedTurn,
  type Stream,
  scriptConversations,
  type TraceRow,
  type TrafficConfig,
} from "@replicast/sim-core";
import type { StreamPart } from "./capacity-mix.ts";
import { rowRouter } from "./capacity-routes.ts";
import { loneSeconds } from "./capacity-work.ts";
import type { LoadedScenario } from "./load.ts";

/** Conversations that stand for all of a stream; each is held again and again, by another session. */
const CONVERSATIONS = 512;
/** Conversations that began earlier than so many mean lengths of one before the trial are over. */
const LOOKBACK_LENGTHS = 4;
/** Rows of a trace that are replayed; when they are used up they come again, as other sessions with other texts. */
const ROWS_MAX = 50_000;
/** Ids of one pass over the rows are below this. */
const IDS_APART = 4_294_967_296;
/** Sessions of a trial are never forgotten. */
const NEVER_SECONDS = 1e9;

type ConversingTraffic = Exclude<TrafficConfig, { readonly kind: "trace" }> & {
  readonly session: NonNullable<Extract<TrafficConfig, { readonly kind: "users" }>["session"]>;
};

/** One request of a trial. */
export interface SentRow {
  readonly seconds: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly priority: number;
  readonly session: string | undefined;
  readonly hashIds: readonly number[];
}

/** What one stream of the scenario sends in a trial. */
export interface TrialSource {
  /** What the trial's stream says beside its name and file. */
  readonly marks: Partial<Extract<TrafficConfig, { readonly kind: "trace" }>>;
  /** Whether its requests share anything. */
  readonly isStructured: boolean;
  /** Mean time between the turns of a session, seconds; 0: there are none. */
  readonly pauseSeconds: number;
  /** All of it that its mix does not show. */
  readonly described: unknown;
  readonly rows: (requestsPerSecond: number, untilSeconds: number) => readonly SentRow[];
}

/** What a stream sends to a deployment in its trials. @param name tells its chance from that of others */
export function trialSource(
  scenario: Pick<LoadedScenario, "plan" | "openTrace">,
  deployment: PlanDeployment,
  part: StreamPart,
  name: string,
): TrialSource {
  const { stream } = part;
  if (isConversing(stream)) return conversations(stream, deployment, name);
  if (stream.kind === "trace") {
    const keep = rowRouter(scenario.plan, stream, deployment);
    const rows = readTrace(scenario.openTrace, stream.file, { fromSeconds: stream.offsetSeconds, most: ROWS_MAX, keep });
    if (rows.some(({ hashIds, session }) => hashIds !== undefined || session !== undefined)) return replayed(stream, rows, name);
  }
  return drawn(part, name);
}

function isConversing(stream: TrafficConfig): stream is ConversingTraffic {
  return stream.kind !== "trace" && stream.session !== undefined;
}

/** Sessions begin at random, long before the trial too: at its start others are in their middle. */
function conversations(stream: ConversingTraffic, deployment: PlanDeployment, name: string): TrialSource {
  const { lengths, session } = stream;
  const most = (stream.kind === "generator" ? stream.maxOutputTokens : undefined) ?? Number.POSITIVE_INFINITY;
  const scripts = scriptConversations(lengths, session, CONVERSATIONS, most).map((turns) => withStarts(turns, deployment));
  const turns = scripts.reduce((sum, script) => sum + script.length, 0);
  const totalSeconds = scripts.reduce((sum, script) => sum + (script.at(-1)?.atSeconds ?? 0), 0);
  const lookbackSeconds = (LOOKBACK_LENGTHS * totalSeconds) / scripts.length;
  const priority = (stream.kind === "generator" ? stream.priority : undefined) ?? 0;
  const rows: TrialSource["rows"] = (requestsPerSecond, untilSeconds) => {
    const gaps = createStreams("capacity").get(`sessions/${name}`);
    const sessionsPerSecond = (requestsPerSecond * scripts.length) / turns;
    const sent: SentRow[] = [];
    let startSeconds = nextGap(gaps) / sessionsPerSecond - lookbackSeconds;
    for (let count = 0; startSeconds < untilSeconds; count++) {
      for (const { atSeconds, promptTokens, outputTokens } of scripts[count % scripts.length] as (typeof scripts)[number]) {
        const seconds = startSeconds + atSeconds;
        if (seconds >= 0 && seconds < untilSeconds)
          sent.push({ seconds, promptTokens, outputTokens, priority, session: String(count), hashIds: [] });
      }
      startSeconds += nextGap(gaps) / sessionsPerSecond;
    }
    return sent.sort((a, b) => a.seconds - b.seconds);
  };
  return {
    marks: { sessions: { closedLoop: true, idleSeconds: NEVER_SECONDS, systemTokens: session.systemTokens } },
    isStructured: true,
    pauseSeconds: turns > scripts.length ? totalSeconds / (turns - scripts.length) : 0,
    described: { lengths, session, most, priority },
    rows,
  };
}

interface PlacedTurn extends ScriptedTurn {
  /** After the session's begin, if answers take as long as on an idle replica. */
  readonly atSeconds: number;
}

function withStarts(turns: readonly ScriptedTurn[], { serving }: PlanDeployment): readonly PlacedTurn[] {
  let atSeconds = 0;
  return turns.map((turn) => {
    atSeconds += turn.thinkSeconds;
    const placed = { ...turn, atSeconds };
    atSeconds += loneSeconds(serving, turn);
    return placed;
  });
}

/** Rows of a trace in their order, at other times. */
function replayed(stream: Extract<TrafficConfig, { readonly kind: "trace" }>, found: readonly TraceRow[], name: string): TrialSource {
  const most = stream.maxOutputTokens ?? Number.POSITIVE_INFINITY;
  const rows: TrialSource["rows"] = (requestsPerSecond, untilSeconds) =>
    arrivalsUntil(requestsPerSecond, untilSeconds, name).map((seconds, i): SentRow => {
      const pass = Math.floor(i / found.length);
      const { promptTokens, outputTokens, priority = stream.priority ?? 0, session, hashIds = [] } = found[i % found.length] as TraceRow;
      return {
        seconds,
        promptTokens,
        outputTokens: Math.min(outputTokens, most),
        priority,
        session: session === undefined ? undefined : `${pass}/${session}`,
        hashIds: pass === 0 ? hashIds : hashIds.map((id) => (id % IDS_APART) + pass * IDS_APART),
      };
    });
  const { hashTokens, prefix } = stream;
  const systemTokens = stream.sessions?.systemTokens ?? 0;
  return {
    marks: {
      sessions: { closedLoop: true, idleSeconds: NEVER_SECONDS, systemTokens },
      ...(hashTokens === undefined ? {} : { hashTokens }),
      ...(prefix === undefined ? {} : { prefix }),
    },
    isStructured: true,
    pauseSeconds: 0,
    described: {
      rows: found.map(({ promptTokens, session, hashIds }) => [promptTokens, session, hashIds]),
      hashTokens,
      prefix,
      systemTokens,
    },
    rows,
  };
}

/** Requests drawn from the stream's mix, one by one. */
function drawn({ stream, mix }: StreamPart, name: string): TrialSource {
  const { prefix, priority = 0 } = stream.kind === "users" ? {} : stream;
  const rows: TrialSource["rows"] = (requestsPerSecond, untilSeconds) => {
    const lengths = createStreams("capacity").get(`lengths/${name}`);
    const into = { promptTokens: 1, outputTokens: 1 };
    return arrivalsUntil(requestsPerSecond, untilSeconds, name).map((seconds): SentRow => {
      mix.sample(lengths, into);
      return { seconds, ...into, priority, session: undefined, hashIds: [] };
    });
  };
  return {
    marks: prefix === undefined ? {} : { prefix },
    isStructured: prefix !== undefined,
    pauseSeconds: 0,
    described: { prefix, priority },
    rows,
  };
}

/** Poisson arrivals; the n-th comes earlier in proportion as the rate is higher. */
function arrivalsUntil(requestsPerSecond: number, untilSeconds: number, name: string): readonly number[] {
  const gaps = createStreams("capacity").get(`arrivals/${name}`);
  const arrivals: number[] = [];
  for (let seconds = nextGap(gaps) / requestsPerSecond; seconds < untilSeconds; seconds += nextGap(gaps) / requestsPerSecond)
    arrivals.push(seconds);
  return arrivals;
}

const nextGap = (stream: Stream): number => -ln(1 - stream.uniform());
