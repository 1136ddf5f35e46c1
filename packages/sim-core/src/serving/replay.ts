import { Priority } from "../kernel/priorities.ts";
import type { EngineConfig } from "./config.ts";
import { buildBatchingReplica } from "./fleet.ts";
import type { LatencyModel } from "./latency/model.ts";
import { maxRequestTokens, type ReplicaListener } from "./replica.ts";
import { RequestTable } from "./request-table.ts";

/** Requests of one server in order of arrival, a column each. */
export interface ReplayRequests {
  /** Ascending, seconds. */
  readonly arrivalSeconds: Float64Array;
  readonly promptTokens: Float64Array;
  readonly outputTokens: Float64Array;
}

/** What each request saw: seconds since its arrival. NaN where the engine refuses it as too long. */
export interface ReplayAnswers {
  readonly ttftSeconds: Float64Array;
  readonly e2eSeconds: Float64Array;
}

/**
 * Serves the requests on one warm replica, without cluster, gateway or clients, until the last one is done.
 *
 * @param engine its warm-up curve is not applied
 * @param count serve only the first so many requests; all when left out
 */
export function replayRequests(
  requests: ReplayRequests,
  latency: LatencyModel,
  engine: EngineConfig,
  count: number = requests.arrivalSeconds.length,
): ReplayAnswers {
  const answers = { ttftSeconds: new Float64Array(count).fill(Number.NaN), e2eSeconds: new Float64Array(count).fill(Number.NaN) };
  const table = new RequestTable();
  const replica = buildBatchingReplica({
    index: 0,
    table,
    latency,
    engine,
    listener: recordInto(answers, table),
    warmUpFactors: new Float64Array(0),
    admittedBefore: 0,
  });
  const limit = maxRequestTokens(engine);
  for (let i = 0; i < count; i++) {
    const atSeconds = requests.arrivalSeconds[i] as number;
    // A step that ends at this very instant ends before the arrival; one that starts then sees it.
    while (replica.nextSeconds < atSeconds || (replica.nextSeconds === atSeconds && replica.nextPriority === Priority.IterationEnd))
      replica.onEvent();
    const promptTokens = requests.promptTokens[i] as number;
    const outputTokens = requests.outputTokens[i] as number;
    if (promptTokens + outputTokens > limit) continue;
    const slot = table.take();
    table.requestId[slot] = i;
    table.arrivalSeconds[slot] = atSeconds;
    table.promptTokens[slot] = promptTokens;
    table.outputTokens[slot] = outputTokens;
    replica.enqueue(slot, atSeconds);
  }
  while (replica.nextSeconds < Number.POSITIVE_INFINITY) replica.onEvent();
  return answers;
}

function recordInto({ ttftSeconds, e2eSeconds }: ReplayAnswers, table: RequestTable): ReplicaListener {
  const ignore = (): void => {};
  return {
    firstToken: ignore,
    completed: (slot, timeSeconds) => {
      const request = table.requestId[slot] as number;
      const arrivalSeconds = table.arrivalSeconds[slot] as number;
      ttftSeconds[request] = (table.firstTokenSeconds[slot] as number) - arrivalSeconds;
      e2eSeconds[request] = timeSeconds - arrivalSeconds;
      table.release(slot);
    },
    released: ignore,
    gaps: ignore,
    busy: ignore,
  };
}
