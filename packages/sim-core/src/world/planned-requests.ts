import { createRequestRecord, NO_ORIGIN, type RequestOrigin, type RequestRecord } from "../domain/request.ts";
import { InputError, type Issue } from "../errors.ts";
import { Streams } from "../random/streams.ts";
import { modelRoutes } from "../scenario/model-routes.ts";
import type { Plan } from "../scenario/plan.ts";
import type { OpenTrace, TrafficConfig } from "../traffic/config.ts";
import { openTraffic } from "./traffic.ts";

/** A request with the name of its stream. */
export interface PlannedRequest {
  /** Valid until the next one is taken. */
  readonly record: Readonly<RequestRecord>;
  readonly stream: string;
  /** Model it names; undefined: none, or one that nobody serves. */
  readonly model: string | undefined;
}

/**
 * The requests that the engine would see, in order, without running it: a function of plan and seed alone.
 *
 * @throws InputError `traffic_waits` for streams that wait for answers, whose times depend on the policy
 */
export function* plannedRequests(plan: Plan, openTrace?: OpenTrace): Generator<PlannedRequest> {
  const issues = plan.traffic.flatMap((config): readonly Issue[] => {
    const why = whyItWaits(config);
    return why === undefined ? [] : [{ code: "traffic_waits", path: ["traffic", config.name], data: { stream: config.name, why } }];
  });
  if (issues.length > 0) throw new InputError(issues);
  const clients = openTraffic(plan, new Streams(plan.seed), openTrace);
  const models = modelRoutes(plan);
  const record = createRequestRecord();
  const origin: RequestOrigin = { ...NO_ORIGIN };
  while (clients.peekSeconds < plan.durationSeconds) {
    const stream = clients.next(record, origin);
    if (stream < 0) continue;
    yield { record, stream: (plan.traffic[stream] as TrafficConfig).name, model: models[record.model]?.name };
  }
}

function whyItWaits(config: TrafficConfig): string | undefined {
  if (config.kind === "users") return "users";
  if (config.maxOpenRequests !== undefined) return "maxOpenRequests";
  if (config.kind === "generator") return config.session === undefined ? undefined : "sessions";
  return config.sessions?.closedLoop === true ? "sessions.closedLoop" : undefined;
}
