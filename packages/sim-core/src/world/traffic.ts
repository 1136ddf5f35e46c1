import type { RequestSource } from "../domain/request.ts";
import { InputError } from "../errors.ts";
import type { Streams } from "../random/streams.ts";
import { modelRoutes } from "../scenario/model-routes.ts";
import type { Plan } from "../scenario/plan.ts";
import { Clients } from "../traffic/clients.ts";
import type { OpenTrace, TrafficConfig } from "../traffic/config.ts";
import { createGenerator } from "../traffic/generator.ts";
import { markSource } from "../traffic/marked-source.ts";
import { openTraceSource } from "../traffic/trace-source.ts";
import { faultTimes, isWindowOf } from "./fault-times.ts";

/** Users send when they have heard, not by a plan. */
const NO_PLAN: RequestSource = { next: () => false, save: () => null, restore: () => {} };

/** Everybody who sends requests, in order of sending. The index a request comes with is its stream's position in the plan. */
export function openTraffic(plan: Plan, streams: Streams, openTrace: OpenTrace | undefined): Clients {
  const surging = withSurges(plan);
  return new Clients(
    plan.traffic,
    surging.map((config, index) => {
      const source = openSource(plan, config, streams, openTrace);
      // after the namespaces of traces, which are positions of streams
      if (config.kind === "users") return source;
      return markSource(source, config, () => streams.get(`prefix/${config.name}`), plan.traffic.length + index);
    }),
    streams,
  );
}

/** Faults that make a stream send more join the surges it has anyway. */
function withSurges(plan: Plan): readonly TrafficConfig[] {
  const surges = faultTimes(plan).filter((each) => isWindowOf(each, "trafficSurge"));
  if (surges.length === 0) return plan.traffic;
  return plan.traffic.map((config) => {
    if (config.kind !== "generator") return config;
    const own = surges.filter(({ fault }) => fault.stream === config.name);
    const more = own.map(({ fault, fromSeconds, toSeconds }) => ({ fromSeconds, toSeconds, factor: fault.factor }));
    return { ...config, surges: [...config.surges, ...more] };
  });
}

function openSource(plan: Plan, config: TrafficConfig, streams: Streams, openTrace: OpenTrace | undefined): RequestSource {
  if (config.kind === "users") return NO_PLAN;
  if (config.kind === "generator") return createGenerator(config, streams, plan);
  if (openTrace === undefined)
    throw new InputError([{ code: "trace_not_given", path: ["traffic", config.name], data: { file: config.file } }]);
  // streams that replay the same file share its texts
  const namespace = plan.traffic.findIndex(
    (other) => other.kind === "trace" && other.file === config.file && other.hashTokens === config.hashTokens,
  );
  const models = modelRoutes(plan).map(({ name }) => name);
  return openTraceSource(config, openTrace, plan.durationSeconds, { namespace, models });
}
