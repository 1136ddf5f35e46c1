import {
  InputError,
  type OpenTrace,
  type Plan,
  type PlannedRequest,
  plannedRequests,
  type TraceRow,
  type TrafficConfig,
} from "@replicast/sim-core";
import { inBatches, type TraceFlow, type TraceMark } from "./trace-flow.ts";

/** Prompt tokens of a hash id, unless a stream says otherwise. @see Mooncake, FAST25 traces */
const HASH_TOKENS = 512;

/** The traffic of a scenario as a trace, its streams as tenants: what the engine would see, the same for the same plan and seed. */
export interface GeneratedTrace {
  readonly flow: TraceFlow;
  /** Prompt tokens that each of its hash ids stands for; undefined: it has none. */
  readonly hashTokens: number | undefined;
}

/**
 * Opens the requests of a plan as a flow.
 *
 * @throws InputError `trace_units_differ`; and, when the flow is read, `traffic_waits` for streams that wait for answers
 */
export function generatedFlow({ plan, openTrace }: { readonly plan: Plan; readonly openTrace: OpenTrace }): GeneratedTrace {
  const units = [...new Set(plan.traffic.flatMap((config) => unitOf(config)))];
  if (units.length > 1) throw new InputError([{ code: "trace_units_differ", path: ["traffic"], data: { units } }]);
  const isReplay = plan.traffic.some(({ kind }) => kind === "trace");
  const hasPriority = isReplay || plan.traffic.some((config) => config.kind !== "users" && config.priority !== undefined);
  const marks: TraceMark[] = [
    ...(isReplay ? (["model", "session"] as const) : []),
    "tenant",
    ...(hasPriority ? (["priority"] as const) : []),
    ...(units.length > 0 ? (["hashIds"] as const) : []),
  ];
  return { flow: { format: "csv", marks, batches: inBatches(rowsOf(plannedRequests(plan, openTrace))) }, hashTokens: units[0] };
}

function unitOf(config: TrafficConfig): readonly number[] {
  if (config.kind === "users") return [];
  if (config.prefix !== undefined) return [config.prefix.tokens];
  return config.kind === "trace" ? [config.hashTokens ?? HASH_TOKENS] : [];
}

function* rowsOf(requests: Iterable<PlannedRequest>): Generator<TraceRow> {
  // ids of different namespaces never stand for equal text: in the file each pair has a number of its own
  const ids = new Map<number, Map<number, number>>();
  let count = 0;
  const idOf = (namespace: number, id: number): number => {
    const known = ids.get(namespace) ?? new Map<number, number>();
    ids.set(namespace, known);
    const found = known.get(id) ?? count++;
    known.set(id, found);
    return found;
  };
  let line = 0;
  for (const { record, stream, model } of requests) {
    const { arrivalSeconds: seconds, promptTokens, outputTokens, priority, session, prefix } = record;
    const hashIds = Array.from(prefix.ids.subarray(0, prefix.count), (id) => idOf(prefix.namespace, id));
    yield {
      line: ++line,
      seconds,
      promptTokens,
      outputTokens,
      priority,
      model,
      session,
      tenant: stream,
      ...(hashIds.length === 0 ? {} : { hashIds }),
    };
  }
}
