import type { AdapterRule, Issue, IssuePath, Json, MetricRequest } from "@replicast/sim-core";
import type { Place } from "../request-places.ts";

/** What a deployment of a scenario can do, as far as controllers are held against it. */
export interface DeploymentProspect {
  /** Expected time from a pod's creation to Ready on a new node, seconds. */
  readonly coldStartSeconds: number;
  /** The same on a node that is there and has the image, seconds. */
  readonly warmStartSeconds: number;
  /** How long a node without pods stays, seconds. */
  readonly nodeKeptSeconds: number;
  /** Replicas that its node pools hold when they are full and nobody else is in them. */
  readonly roomReplicas: number;
  /** Most requests that run in a replica at once; undefined: batches that vLLM's gauges do not describe. */
  readonly maxSequences: number | undefined;
  readonly scrapeIntervalSeconds: number;
  /** Share of its request that a container is taken to use, 0…1. */
  readonly usage: { readonly cpu: number; readonly memory: number };
}

/** One controller with all that its checks look at. */
export interface ControllerProspect {
  /** Id of its policy. */
  readonly kind: string;
  readonly config: Json;
  readonly requests: readonly MetricRequest[];
  readonly adapter: readonly AdapterRule[];
  /** Undefined for a manifest by itself. */
  readonly deployment: DeploymentProspect | undefined;
  /** Where a request was asked for. */
  readonly placeOfRequest: (request: MetricRequest) => Place;
  /** Where a field stands, or what it would stand in: of the manifest's object when the path begins with `spec`, else of the entry. */
  readonly placeOfField: (path: IssuePath) => Place;
}

export type Data = NonNullable<Issue["data"]>;

/** A warning: the run goes on, and the reader knows what to expect of it. */
export function warning(code: string, place: Place, data: Data): Issue {
  return { code, severity: "warning", ...place, data };
}
