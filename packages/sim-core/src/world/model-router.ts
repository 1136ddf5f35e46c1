import { NO_COMPLEXITY, NO_MODEL, type RequestOrigin, type RequestRecord } from "../domain/request.ts";
import type { Stream, Streams } from "../random/streams.ts";
import { modelRoutes } from "../scenario/model-routes.ts";
import type { Plan } from "../scenario/plan.ts";
import { ModelRoute, type RouteProbe } from "../serving/models/model-route.ts";
import type { RoutableRequest } from "../serving/models/pick-deployment.ts";
import type { RequestTable } from "../serving/request-table.ts";

/** What is asked of the requests in flight, by slot. */
type JudgedRequests = Pick<RequestTable, "route" | "deployment" | "complexity" | "requestId">;

/** Instead of a deployment: the request names a model that nobody serves. */
export const NOWHERE = -1;

interface StreamModels {
  /** Deployment of all requests of the stream; −1: it depends on the model. */
  readonly deployment: number;
  /** What is drawn per request, for its model and for its target; of a stream with one deployment nothing is. */
  readonly modelChance: Stream | undefined;
  readonly targetChance: Stream | undefined;
  /** Of a stream some of whose routes are judged. */
  readonly complexityChance: Stream | undefined;
  /** Models its requests name, and the running sum of their shares, up to 1. */
  readonly models: readonly number[];
  readonly upTo: readonly number[];
}

/**
 * The one door in front of all deployments: finds the deployment of a request by its stream or by the model it names. What is
 * drawn is drawn once per request from the stream's own chance, or once per session, so that a session keeps to one deployment
 * while its route does, and every policy sees the same choices.
 */
export class ModelRouter {
  private readonly streams: Streams;
  private readonly probe: RouteProbe;
  private readonly routes: readonly ModelRoute[];
  private readonly traffic: readonly StreamModels[];
  private readonly request: RoutableRequest = { promptTokens: 0, uniform: 0, score: 0 };

  constructor(plan: Plan, streams: Streams, probe: RouteProbe, indexOf: (deployment: string) => number) {
    const routes = modelRoutes(plan);
    this.streams = streams;
    this.probe = probe;
    this.routes = routes.map((route) => new ModelRoute(route, indexOf));
    const isAnyJudged = this.routes.some(({ isJudged }) => isJudged);
    this.traffic = plan.traffic.map(({ name, deployment, models = [] }) => {
      const total = models.reduce((sum, { weight }) => sum + weight, 0);
      const isRouted = deployment === undefined;
      const upTo = (count: number): number => models.slice(0, count).reduce((sum, { weight }) => sum + weight, 0) / total;
      return {
        deployment: isRouted ? NOWHERE : indexOf(deployment),
        modelChance: isRouted ? streams.get(`model/${name}`) : undefined,
        targetChance: isRouted ? streams.get(`target/${name}`) : undefined,
        complexityChance: isRouted && isAnyJudged ? streams.get(`complexity/${name}`) : undefined,
        models: models.map(({ model }) => routes.findIndex((route) => route.name === model)),
        upTo: models.map((_, index) => upTo(index + 1)),
      };
    });
  }

  /** @returns position of the deployment in the plan, or {@link NOWHERE} */
  route(stream: number, requestId: number, record: RequestRecord, { sessionId }: Readonly<RequestOrigin>): number {
    const own = this.traffic[stream] as StreamModels;
    record.route = -1;
    if (own.deployment >= 0) return own.deployment;
    // drawn whether or not they are needed, so that the next request draws the same
    const modelShare = this.draw(own.modelChance, sessionId);
    const targetShare = this.draw(own.targetChance, sessionId);
    const complexity = this.draw(own.complexityChance, sessionId);
    const model = record.model === NO_MODEL ? modelAt(own, modelShare) : record.model;
    const route = this.routes[model];
    if (route === undefined) return NOWHERE;
    this.request.promptTokens = record.promptTokens;
    this.request.uniform = targetShare;
    if (route.isJudged) {
      if (record.complexity === NO_COMPLEXITY) record.complexity = complexity;
      record.route = model;
      this.request.score = this.scoreOf(route, record.complexity, requestId);
    }
    return route.pick(this.request, this.probe);
  }

  /** @returns the deployment that is to answer a request again, as the answer it has does not do; −1: it does */
  escalation({ route, deployment, complexity, requestId }: JudgedRequests, slot: number): number {
    const own = this.routes[route[slot] as number];
    if (own === undefined) return -1;
    return own.escalation(deployment[slot] as number, this.scoreOf(own, complexity[slot] as number, requestId[slot] as number));
  }

  /** Whether the answer that a request has does; undefined: nobody judges it. */
  isAdequate({ route, deployment, complexity }: JudgedRequests, slot: number): boolean | undefined {
    return this.routes[route[slot] as number]?.isAdequate(deployment[slot] as number, complexity[slot] as number);
  }

  /** The same each time it is asked: what a classifier takes a request for is drawn once, from the request's own stream. */
  private scoreOf(route: ModelRoute, complexity: number, requestId: number): number {
    return route.scoreOf(complexity, route.isNoisy ? this.streams.once(`classifier/${requestId}`) : 0);
  }

  private draw(chance: Stream | undefined, sessionId: number): number {
    if (chance === undefined) return 0;
    return sessionId < 0 ? chance.uniform() : this.streams.once(`${chance.name}/${sessionId}`);
  }
}

function modelAt({ models, upTo }: StreamModels, share: number): number {
  for (let i = 0; i < models.length; i++) if (share < (upTo[i] as number)) return models[i] as number;
  return models.at(-1) ?? NOWHERE;
}
