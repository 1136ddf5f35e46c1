import type { ModelRouteConfig } from "./config.ts";
import { type ModelCandidate, PICKS, type RoutableRequest } from "./pick-deployment.ts";

/** What a route asks of the deployments behind it. */
export interface RouteProbe {
  readyReplicas(deployment: number): number;
  inFlight(deployment: number): number;
  /** Mean over the deployment's replicas, 0…1. */
  kvCacheUtilization(deployment: number): number;
}

/** Sends the requests for one model to the deployments that serve it. Keeps nothing between requests. */
export class ModelRoute {
  private readonly config: ModelRouteConfig;
  /** Position in the plan of each target's deployment. */
  private readonly deployments: readonly number[];
  private readonly candidates: readonly ModelCandidate[];
  /** Whether it depends on the complexity of a request where it goes. */
  readonly readsComplexity: boolean;
  /** Whether its answers are judged, which needs the complexity of each request. */
  readonly isJudged: boolean;

  constructor(config: ModelRouteConfig, indexOf: (deployment: string) => number) {
    this.config = config;
    this.deployments = config.targets.map(({ deployment }) => indexOf(deployment));
    this.candidates = config.targets.map((target) => ({
      ...target,
      readyReplicas: 0,
      inFlight: 0,
      kvCacheUtilization: 0,
      isAvailable: true,
    }));
    this.readsComplexity = config.rule === "complexity" || config.rule === "cascade";
    this.isJudged = this.readsComplexity || config.targets.some(({ adequateUpTo }) => adequateUpTo !== undefined);
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
      if (candidate.kvCacheUtilizationMax !== undefined) candidate.kvCacheUtilization = probe.kvCacheUtilization(deployments[i] as number);
      if (candidate.readyReplicas > 0) isAnyReady = true;
    }
    for (const candidate of candidates) candidate.isAvailable = !(config.isFallback && isAnyReady) || candidate.readyReplicas > 0;
    return deployments[PICKS[config.rule](request, candidates)] as number;
  }

  /** @returns the deployment that gets the request when every target has idle replicas */
  pickUsual(request: Readonly<RoutableRequest>): number {
    return this.pick(request, IDLE);
  }

  /** Whether the request comes to a deployment, at once or after others, when every target has idle replicas. */
  meets(request: Readonly<RoutableRequest>, deployment: number): boolean {
    let at = this.pickUsual(request);
    while (at !== deployment && at >= 0) at = this.escalation(at, request.score);
    return at === deployment;
  }

  /** @returns the deployment that answers again what another one has answered, as its answer is judged not to do; −1: it does */
  escalation(deployment: number, score: number): number {
    const { config, deployments } = this;
    const position = deployments.indexOf(deployment);
    const isRefused = config.rule === "cascade" && score > (config.targets[position]?.scoreMax ?? 1);
    return isRefused ? (deployments[position + 1] ?? -1) : -1;
  }

  /** Whether the answer of a deployment does. */
  isAdequate(deployment: number, complexity: number): boolean {
    return complexity <= (this.config.targets[this.deployments.indexOf(deployment)]?.adequateUpTo ?? 1);
  }

  /**
   * What a classifier takes a request for: with the probability of its accuracy what it is, else anything.
   * @param uniform in [0, 1), of the request's own
   */
  scoreOf(complexity: number, uniform: number): number {
    const { classifierAccuracy = 1 } = this.config;
    return uniform < classifierAccuracy ? complexity : (uniform - classifierAccuracy) / (1 - classifierAccuracy);
  }

  /** Whether {@link scoreOf} depends on chance. */
  get isNoisy(): boolean {
    return (this.config.classifierAccuracy ?? 1) < 1;
  }
}

const IDLE: RouteProbe = { readyReplicas: () => 1, inFlight: () => 0, kvCacheUtilization: () => 0 };
