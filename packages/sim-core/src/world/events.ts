import { CLUSTER_ACTIONS, type ClusterAction } from "../cluster/ports.ts";
import { GATEWAY_TIMERS, type GatewayTimer } from "../serving/dispatcher.ts";
import { CLIENT_TIMERS, type ClientTimer } from "../serving/service.ts";

/** Everything that can be in the queue. The number is what the queue holds; its meaning must not change within a saved run. */
export type WorldEvent =
  /** Subject: pod, node or pool. */
  | { readonly kind: "cluster"; readonly action: ClusterAction }
  /** Subject: request slot. */
  | { readonly kind: "client"; readonly timer: ClientTimer }
  /** Metrics are read. */
  | { readonly kind: "scrape" }
  /** Subject: position in the list of policy timers. */
  | { readonly kind: "policy-timer" }
  /** Subject: controller whose decision takes effect. */
  | { readonly kind: "apply" }
  /** Subject: position in the list of faults. */
  | { readonly kind: "fault" }
  /** The state at the end of a minute is put on record. */
  | { readonly kind: "sample" }
  /** Subject: deployment. */
  | { readonly kind: "gateway"; readonly timer: GatewayTimer };

const EVENTS: readonly WorldEvent[] = [
  ...CLUSTER_ACTIONS.map((action) => ({ kind: "cluster", action }) as const),
  ...CLIENT_TIMERS.map((timer) => ({ kind: "client", timer }) as const),
  { kind: "scrape" },
  { kind: "policy-timer" },
  { kind: "apply" },
  { kind: "fault" },
  { kind: "sample" },
  ...GATEWAY_TIMERS.map((timer) => ({ kind: "gateway", timer }) as const),
];

export const eventOf = (code: number): WorldEvent => EVENTS[code] as WorldEvent;
export const clusterCode = (action: ClusterAction): number => CLUSTER_ACTIONS.indexOf(action);
const SERVICE_CODES: Readonly<Record<ClientTimer | GatewayTimer, number>> = Object.fromEntries(
  EVENTS.flatMap((event, code) => ("timer" in event ? [[event.timer, code]] : [])),
) as Record<ClientTimer | GatewayTimer, number>;
export const serviceCode = (timer: ClientTimer | GatewayTimer): number => SERVICE_CODES[timer];
export const codeOf = (kind: "scrape" | "policy-timer" | "apply" | "fault" | "sample"): number =>
  EVENTS.findIndex((event) => event.kind === kind);
