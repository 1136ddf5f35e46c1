import type { Deployment } from "./deployment.ts";
import type { Hosts } from "./hosts.ts";
import { Part, type RequestTable } from "./request-table.ts";
import type { ClientTimer } from "./service-ports.ts";

export interface DisaggregationParts {
  readonly table: RequestTable;
  readonly deployments: readonly Deployment[];
  readonly hosts: Hosts;
  readonly schedule: (atSeconds: number, timer: ClientTimer, slot: number) => number;
}

/**
 * Prompts that replicas of one deployment compute and replicas of another decode. An attempt goes to the prefill
 * deployment first; when its prompt is done, a second slot carries it to the gateway of its own deployment, while the first
 * one keeps the KV blocks until they have been read. As vLLM's pull-based connectors do it: nothing is sent before the decode
 * side has blocks of its own. @see vLLM docs/features/nixl_connector_usage.md, docs/design/nixl_kv_cache_lease.md
 */
export class Disaggregation {
  private readonly parts: DisaggregationParts;

  constructor(parts: DisaggregationParts) {
    this.parts = parts;
  }

  /** Deployment that is to compute the prompt of a request, −1: its own. */
  prefillOf(slot: number): number {
    const { table, deployments } = this.parts;
    const pair = (deployments[table.deployment[slot] as number] as Deployment).disaggregation;
    if (pair === undefined || (table.promptTokens[slot] as number) < pair.minPromptTokens) return -1;
    return pair.prefillDeployment;
  }

  /**
   * Deployment to whose gateway a new attempt goes. While no prefill replica is there, prompts are computed where they are decoded.
   * @see llm-d router, disagg profile handler: without a prefill endpoint the decode endpoint does all
   */
  place(slot: number): number {
    const { table, hosts } = this.parts;
    const prefill = this.prefillOf(slot);
    const isElsewhere = prefill >= 0 && hosts.hasEndpoints(prefill);
    table.part[slot] = isElsewhere ? Part.Prompt : Part.Whole;
    return isElsewhere ? prefill : (table.deployment[slot] as number);
  }

  /** Ties the slot that goes on to the one that holds the prompt's blocks, behind which no client is any more. */
  handOver(held: number, answer: number, nowSeconds: number): void {
    const { table, deployments } = this.parts;
    const { requestOverheadSeconds } = (deployments[table.pool[held] as number] as Deployment).latency;
    const waited = (table.admitSeconds[held] as number) - (table.waitStartSeconds[held] as number) - requestOverheadSeconds;
    table.aborted[held] = 1;
    table.part[answer] = Part.Answer;
    table.peer[held] = answer;
    table.peer[answer] = held;
    table.waitStartSeconds[answer] = nowSeconds - Math.max(0, waited);
    table.admitSeconds[answer] = Number.NaN;
  }

  /** The blocks that a slot waited for have been read, or need not be: their replica may have them back. */
  settle(slot: number, nowSeconds: number): void {
    const held = this.part(slot);
    if (held >= 0) this.letGo(held, nowSeconds);
  }

  /** Nobody told the prefill replica that the blocks are not wanted any more: it keeps them until the lease ends. */
  abandon(slot: number, nowSeconds: number): void {
    const { table, deployments, schedule } = this.parts;
    const held = this.part(slot);
    if (held < 0) return;
    const pair = (deployments[table.deployment[slot] as number] as Deployment).disaggregation;
    table.timeoutHandle[held] = schedule(nowSeconds + (pair?.leaseSeconds ?? 0), "kv-lease", held);
  }

  /** Cuts the tie of a slot to another. @returns that one, −1: there was none */
  part(slot: number): number {
    const { table } = this.parts;
    const other = table.peer[slot] as number;
    if (other < 0) return -1;
    table.peer[slot] = -1;
    table.peer[other] = -1;
    return other;
  }

  /** Gives the blocks of a held prompt back. */
  letGo(held: number, nowSeconds: number): void {
    const { table, hosts } = this.parts;
    const index = table.replica[held] as number;
    const replica = hosts.fleet.get(index);
    replica.letGo?.(held, nowSeconds);
    hosts.changed(index, replica);
  }
}
