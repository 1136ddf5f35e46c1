import type { ModelRouteConfig } from "./config.ts";
import { type ModelCandidate, PICKS, type RoutableRequest } from "./pick-deployment.ts";

/** What a route asks of the deployments behind it. */
export interface RouteProbe {
  readyReplicas(deployment: number): number;
  inFlight(deployment: number): number;
}

/** Sends the requests for one model to the deployments that serve it. Keeps nothing between requests. */
export class ModelRoute {
  private readonly config: ModelRouteConfig;
  /** Position in the plan of each target's deployment. */
  private readonly deployments: readonly number[];
  private readonly candidates: readonly ModelCandidate[];

  constructor(config: ModelRouteConfig, indexOf: (deployment: string) => number) {
    this.config = config;
    this.deployments = config.targets.map(({ deployment }) => indexOf(deployment));
    this.candidates = config.targets.map((target) => ({ ...target, readyReplicas: 0, inFlight: 0, isAvailable: true }));
  }

  /** @returns the deployment that gets the request as things stand */
  pick(request: Readonly<RoutableRequest>, probe: RouteProbe): number {
    const { candidates, deployments, config } = this;
    if (deployments.length === 1) return deployments[0] as number;
    let isAnyReady = false;
    for (let i = 0; i < candidates.length; i++) {
      const candidate = candidates[i] as ModelCandidate;
      candidate.readyReplicas = probe.readyReplicas(deployments[i] as number);
      candidate.inFlight = probe.inFlight(deployments[i] as number);
      if (candidate.readyReplicas > 0) isAnyReady = true;
    }
    for (const candidate of candidates) candidate.isAvailable = !(config.isFallback && isAnyReady) || candidate.readyReplicas > 0;
    return deployments[PICKS[config.rule](request, candidates)] as number;
  }

  /** @returns the deployment that gets the request when every target has idle replicas */
  pickUsual(request: Readonly<RoutableRequest>): number {
    return this.pick(request, IDLE);
  }
}

const IDLE: RouteProbe = { readyReplicas: () => 1, inFlight: () => 0 };
