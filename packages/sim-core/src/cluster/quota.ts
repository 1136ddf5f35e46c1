import type { NodePoolConfig, QuotaConfig } from "./config.ts";
import { gpusOfNode } from "./gpu-slots.ts";

/** One limit of a quota, and what a node of a pool takes of it. */
export interface QuotaLimit {
  /** As a scenario calls it. */
  readonly key: "gpus" | "nodes" | "cpu" | "memory";
  readonly limit: number;
  /** 0 for a pool that does not say how much its nodes have. */
  readonly ofNode: (pool: NodePoolConfig) => number;
}

/** The limits of a quota, each of which binds. */
export function limitsOf({ gpus, nodes, cpuCores, memoryBytes }: QuotaConfig): readonly QuotaLimit[] {
  return [
    ...(gpus === undefined ? [] : [{ key: "gpus" as const, limit: gpus, ofNode: gpusOfNode }]),
    ...(nodes === undefined ? [] : [{ key: "nodes" as const, limit: nodes, ofNode: () => 1 }]),
    ...(cpuCores === undefined ? [] : [{ key: "cpu" as const, limit: cpuCores, ofNode: (pool: NodePoolConfig) => pool.cpuCores ?? 0 }]),
    ...(memoryBytes === undefined
      ? []
      : [{ key: "memory" as const, limit: memoryBytes, ofNode: (pool: NodePoolConfig) => pool.memoryBytes ?? 0 }]),
  ];
}

/** Nodes of a pool that a limit leaves room for beside what is held of it; any number where they take nothing of it. */
export function nodesWithin({ limit, ofNode }: QuotaLimit, pool: NodePoolConfig, held: number): number {
  const each = ofNode(pool);
  return each === 0 ? Number.POSITIVE_INFINITY : Math.max(0, Math.floor((limit - held) / each));
}
