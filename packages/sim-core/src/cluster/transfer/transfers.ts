import { LOAD, LOAD_OVER_NETWORK, nextSlowEdge, PULL, type SlowPart, slowFactor } from "../slowdown.ts";
import type { ClusterContext, NodeState } from "../state.ts";
import { fairRates } from "./fair-share.ts";
import type { Flow } from "./state.ts";

export type FlowStart = Pick<Flow, "kind" | "deployment" | "pod" | "node" | "links" | "capBytesPerSecond" | "isOverNetwork" | "bytes">;

export const sharedLink = (name: string): string => `shared/${name}`;
export const nodeCopyLink = (node: NodeState, deployment: number): string => `copy/${node.index}/${deployment}`;

/** The node's own network, where its pool limits it. */
export function networkLinks(ctx: ClusterContext, node: NodeState): readonly string[] {
  return ctx.config.nodePools[node.pool]?.networkBytesPerSecond === undefined ? [] : [`network/${node.index}`];
}

/** New bytes to move; what is under way already gets less from now on where it has to share. */
export function startFlows(ctx: ClusterContext, starts: readonly FlowStart[]): void {
  for (const start of starts) {
    ctx.state.transfers.flows.push({
      ...start,
      remainingBytes: start.bytes,
      sinceSeconds: ctx.nowSeconds,
      bytesPerSecond: 0,
      endSeconds: Number.MAX_VALUE,
    });
  }
  shareOut(ctx);
}

/** Takes out the flows that have ended by now, in the order in which they began; the rest share what they leave. */
export function endedFlows(ctx: ClusterContext): readonly Flow[] {
  const { transfers } = ctx.state;
  transfers.timer = null;
  const ended = transfers.flows.filter(({ endSeconds }) => endSeconds <= ctx.nowSeconds);
  transfers.flows = transfers.flows.filter(({ endSeconds }) => endSeconds > ctx.nowSeconds);
  shareOut(ctx);
  return ended;
}

/** Nobody waits for these any more. */
export function dropFlows(ctx: ClusterContext, isDropped: (flow: Flow) => boolean): void {
  const { transfers } = ctx.state;
  if (!transfers.flows.some(isDropped)) return;
  transfers.flows = transfers.flows.filter((flow) => !isDropped(flow));
  shareOut(ctx);
}

/** What a flow needs, as slowdowns name it. Weights that come over the network need both it and where they are stored. */
function needsOf({ kind, isOverNetwork }: Flow): readonly SlowPart[] {
  if (kind === "image") return PULL;
  return isOverNetwork ? LOAD_OVER_NETWORK : LOAD;
}

/**
 * A slowed flow gets its fair rate divided by the factor, and the others nothing more for it: what makes it slow occupies
 * its share of the links. A flow whose rate stays keeps its end to the bit, whatever happens to others.
 */
function shareOut(ctx: ClusterContext): void {
  const { flows } = ctx.state.transfers;
  const rates = fairRates(flows, (link) => capacityOf(ctx, link));
  flows.forEach((flow, index) => {
    const rate = (rates[index] as number) / slowFactor(ctx.slowdowns, needsOf(flow), flow.deployment, ctx.nowSeconds);
    if (rate === flow.bytesPerSecond) return;
    const movedBytes = flow.bytesPerSecond * (ctx.nowSeconds - flow.sinceSeconds);
    flow.remainingBytes = Math.max(0, flow.remainingBytes - movedBytes);
    flow.sinceSeconds = ctx.nowSeconds;
    flow.bytesPerSecond = rate;
    flow.endSeconds = ctx.nowSeconds + flow.remainingBytes / rate;
  });
  setTimer(ctx);
}

function setTimer(ctx: ClusterContext): void {
  const { transfers, transfers: { flows, timer } } = ctx.state; // biome-ignore format: one pattern
  let nextSeconds = Number.POSITIVE_INFINITY;
  for (const flow of flows) {
    const edgeSeconds = nextSlowEdge(ctx.slowdowns, needsOf(flow), flow.deployment, ctx.nowSeconds);
    nextSeconds = Math.min(nextSeconds, flow.endSeconds, edgeSeconds);
  }
  if (timer !== null && transfers.timerSeconds === nextSeconds) return;
  if (timer !== null) ctx.port.cancel(timer);
  transfers.timer = flows.length === 0 ? null : ctx.port.schedule(nextSeconds, "transfer-end", 0);
  transfers.timerSeconds = flows.length === 0 ? 0 : nextSeconds;
}

/** Links carry their owner in their name, so that a flow is data. */
function capacityOf(ctx: ClusterContext, link: string): number {
  const [kind, first = "", second = ""] = splitLink(link);
  if (kind === "network") return ctx.config.nodePools[ctx.state.nodes[Number(first)]?.pool ?? -1]?.networkBytesPerSecond as number;
  if (kind === "copy") return copyBytesPerSecond(ctx, Number(second));
  return ctx.sharedBytesPerSecond.get(first) as number;
}

function splitLink(link: string): readonly string[] {
  const [kind = "", ...rest] = link.split("/");
  return kind === "shared" ? [kind, rest.join("/")] : [kind, ...rest];
}

function copyBytesPerSecond(ctx: ClusterContext, deployment: number): number {
  const weights = ctx.config.deployments[deployment]?.lifecycle.weights;
  return (weights?.nodeCopyBytesPerSecond ?? weights?.bytesPerSecond) as number;
}
