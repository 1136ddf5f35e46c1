import { NO_MODEL, type RequestOrigin, type RequestRecord } from "../domain/request.ts";
import type { Stream, Streams } from "../random/streams.ts";
import { modelRoutes } from "../scenario/model-routes.ts";
import type { Plan } from "../scenario/plan.ts";
import { ModelRoute, type RouteProbe } from "../serving/models/model-route.ts";
import type { RoutableRequest } from "../serving/models/pick-deployment.ts";

/** Instead of a deployment: the request names a model that nobody serves. */
export const NOWHERE = -1;

interface StreamModels {
  /** Deployment of all requests of the stream; −1: it depends on the model. */
  readonly deployment: number;
  /** What is drawn per request, for its model and for its target; of a stream with one deployment nothing is. */
  readonly modelChance: Stream | undefined;
  readonly targetChance: Stream | undefined;
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
  private readonly request: RoutableRequest = { promptTokens: 0, uniform: 0 };

  constructor(plan: Plan, streams: Streams, probe: RouteProbe, indexOf: (deployment: string) => number) {
    const routes = modelRoutes(plan);
    this.streams = streams;
    this.probe = probe;
    this.routes = routes.map((route) => new ModelRoute(route, indexOf));
    this.traffic = plan.traffic.map(({ name, deployment, models = [] }) => {
      const total = models.reduce((sum, { weight }) => sum + weight, 0);
      const isRouted = deployment === undefined;
      const upTo = (count: number): number => models.slice(0, count).reduce((sum, { weight }) => sum + weight, 0) / total;
      return {
        deployment: isRouted ? NOWHERE : indexOf(deployment),
        modelChance: isRouted ? streams.get(`model/${name}`) : undefined,
        targetChance: isRouted ? streams.get(`target/${name}`) : undefined,
        models: models.map(({ model }) => routes.findIndex((route) => route.name === model)),
        upTo: models.map((_, index) => upTo(index + 1)),
      };
    });
  }

  /** @returns position of the deployment in the plan, or {@link NOWHERE} */
  route(stream: number, record: Readonly<RequestRecord>, { sessionId }: Readonly<RequestOrigin>): number {
    const own = this.traffic[stream] as StreamModels;
    if (own.deployment >= 0) return own.deployment;
    // drawn whether or not they are needed, so that the next request draws the same
    const modelShare = this.draw(own.modelChance, sessionId);
    const targetShare = this.draw(own.targetChance, sessionId);
    const model = record.model === NO_MODEL ? modelAt(own, modelShare) : record.model;
    const route = this.routes[model];
    if (route === undefined) return NOWHERE;
    this.request.promptTokens = record.promptTokens;
    this.request.uniform = targetShare;
    return route.pick(this.request, this.probe);
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
