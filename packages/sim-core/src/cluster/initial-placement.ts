import type { Issue, IssuePath } from "../errors.ts";
import type { ClusterConfig, DeploymentClusterConfig, NodePoolConfig } from "./config.ts";
import { scheduledNodes } from "./kept-nodes.ts";
import { limitsOf } from "./quota.ts";
import { checkBases, checkSharedBandwidths } from "./transfer/shared.ts";

/** Where the replicas of time 0 run. */
export interface InitialPlacement {
  /** Nodes of each pool at time 0, in the order of the configuration. */
  readonly nodes: readonly number[];
  /** By replica, deployment by deployment: its pool and which of the pool's nodes. */
  readonly replicas: readonly {
    readonly deployment: number;
    readonly pool: number;
    readonly node: number;
    readonly moreNodes?: readonly number[];
  }[];
}

/** By deployment: positions of its pools, in order of preference; unknown names are left out. */
export function poolsOfDeployments(config: ClusterConfig): readonly (readonly number[])[] {
  const positions = new Map(config.nodePools.map(({ name }, index) => [name, index]));
  return config.deployments.map(({ nodePools }) =>
    nodePools.map((name) => positions.get(name)).filter((position) => position !== undefined),
  );
}

/**
 * What makes a cluster impossible: unknown or missing pools, replicas larger than every node they may use, more
 * replicas at time 0 than the pools can hold, pools whose limits contradict each other. Empty when all is well.
 */
export function checkCluster(config: ClusterConfig): readonly Issue[] {
  const issues = [
    ...config.nodePools.flatMap(checkPool),
    ...config.deployments.flatMap((deployment, i) => checkDeployment(config, deployment, i)),
    ...checkSharedBandwidths(config),
    ...checkBases(config),
  ];
  if (issues.length > 0) return issues;
  const placement = placeInitialReplicas(config);
  return [...placement.issues, ...checkQuotas(config, placement.nodes)];
}

function checkQuotas({ nodePools, quotas = [] }: ClusterConfig, nodes: readonly number[]): Issue[] {
  return quotas.flatMap((quota, index) =>
    limitsOf(quota).flatMap(({ limit, ofNode, key }) => {
      const held = nodePools.reduce((sum, pool, i) => sum + (quota.nodePools.includes(pool.name) ? (nodes[i] ?? 0) * ofNode(pool) : 0), 0);
      if (held <= limit) return [];
      return [
        { code: "quota_exceeded_at_start", path: ["autoscaler", "quotas", index, key], data: { limit, held, key, pools: quota.nodePools } },
      ];
    }),
  );
}

function checkPool(pool: NodePoolConfig, index: number): Issue[] {
  const issues: Issue[] = [];
  const path = ["nodePools", index];
  if (!(pool.scanIntervalSeconds > 0)) issues.push(tooSmall([...path, "scanIntervalSeconds"], pool.scanIntervalSeconds));
  if (!(pool.gpusPerNode > 0)) issues.push(tooSmall([...path, "gpusPerNode"], pool.gpusPerNode));
  if (pool.minNodes > pool.maxNodes) {
    issues.push({ code: "min_above_max", path: [...path, "minNodes"], data: { minimum: pool.minNodes, maximum: pool.maxNodes } });
  }
  if (pool.headroom !== undefined && pool.headroom.gpus > pool.gpusPerNode) {
    const data = { gpus: pool.headroom.gpus, gpusPerNode: pool.gpusPerNode };
    issues.push({ code: "balloon_larger_than_node", path: [...path, "headroom", "gpus"], data });
  }
  return issues;
}

const tooSmall = (path: IssuePath, actual: number): Issue => ({ code: "too_small", path, data: { minimum: 0, exclusive: true, actual } });

function checkDeployment(config: ClusterConfig, deployment: DeploymentClusterConfig, index: number): Issue[] {
  const path = ["deployments", index];
  const known = config.nodePools.map(({ name }) => name);
  const unknown = deployment.nodePools.flatMap((name, i) =>
    known.includes(name) ? [] : [{ code: "unknown_node_pool", path: [...path, "nodePools", i], data: { name, known } }],
  );
  const pools = config.nodePools.filter(({ name }) => deployment.nodePools.includes(name));
  if (pools.length === 0) return [...unknown, { code: "no_node_pool", path: [...path, "nodePools"], data: { known } }];
  const largest = Math.max(...pools.map(({ gpusPerNode }) => gpusPerNode));
  const { gpusPerReplica, nodesPerReplica = 1 } = deployment;
  if (gpusPerReplica % nodesPerReplica !== 0) {
    return [...unknown, { code: "gpus_not_shared_evenly", path: [...path, "nodesPerReplica"], data: { gpusPerReplica, nodesPerReplica } }];
  }
  if (gpusPerReplica / nodesPerReplica <= largest) return unknown;
  const data = { gpusPerReplica, gpusPerNode: largest, nodesPerReplica };
  return [...unknown, { code: "replica_larger_than_node", path: [...path, "gpusPerReplica"], data }];
}

/**
 * Places the replicas of time 0 as scheduler and autoscaler would: in the order of deployments, onto the fullest node
 * with room in the most preferred pool, else onto a new node of the first pool that may still grow.
 */
export function placeInitialReplicas(config: ClusterConfig): InitialPlacement & { readonly issues: readonly Issue[] } {
  const poolsOf = poolsOfDeployments(config);
  const free = config.nodePools.map((pool) => new Array<number>(firstNodes(pool)).fill(pool.gpusPerNode));
  const replicas: { deployment: number; pool: number; node: number; moreNodes?: readonly number[] }[] = [];
  const issues: Issue[] = [];
  config.deployments.forEach((config_, deployment) => {
    const { nodesPerReplica = 1 } = config_;
    const gpus = config_.gpusPerReplica / nodesPerReplica;
    for (let placed = 0; placed < config_.replicas; placed++) {
      const spot = findSpots(config, free, poolsOf[deployment] ?? [], gpus, nodesPerReplica);
      if (spot === undefined) {
        issues.push({
          code: "initial_replicas_do_not_fit",
          path: ["deployments", deployment, "replicas"],
          data: { replicas: config_.replicas, placed },
        });
        return;
      }
      const [node = 0, ...moreNodes] = spot.nodes;
      replicas.push({ deployment, pool: spot.pool, node, ...(moreNodes.length === 0 ? {} : { moreNodes }) });
    }
  });
  config.nodePools.forEach((pool, index) => {
    addHeadroom(pool, free[index] ?? []);
  });
  return { nodes: free.map(({ length }) => length), replicas, issues };
}

/** The minimum, and what the schedule wants at time 0. */
function firstNodes(pool: NodePoolConfig): number {
  return Math.min(Math.max(pool.maxNodes, pool.minNodes), pool.minNodes + scheduledNodes(pool, 0));
}

/** Nodes for the balloons that the free GPUs of the others do not hold, as far as the pool may grow. */
function addHeadroom({ headroom, gpusPerNode, maxNodes }: NodePoolConfig, free: number[]): void {
  if (headroom === undefined || headroom.gpus > gpusPerNode) return;
  const { gpus } = headroom;
  const fitting = (): number => free.reduce((sum, room) => sum + Math.floor(room / gpus), 0);
  while (fitting() < headroom.pods && free.length < maxNodes) free.push(gpusPerNode);
}

/** Takes a share of a replica on each of `count` nodes of one pool; undefined, and nothing taken, where there are too few. */
function findSpots(
  config: ClusterConfig,
  free: number[][],
  pools: readonly number[],
  gpus: number,
  count: number,
): { readonly pool: number; readonly nodes: readonly number[] } | undefined {
  const choices = count === 1 ? [pools] : pools.map((pool) => [pool]);
  for (const choice of choices) {
    const before = count === 1 ? [] : free.map((nodes) => [...nodes]);
    const nodes: number[] = [];
    for (let spot = findSpot(config, free, choice, gpus, nodes); spot !== undefined; spot = findSpot(config, free, choice, gpus, nodes)) {
      const room = free[spot.pool] as number[];
      room[spot.node] = (room[spot.node] as number) - gpus;
      nodes.push(spot.node);
      if (nodes.length === count) return { pool: spot.pool, nodes };
    }
    before.forEach((nodesBefore, pool) => {
      free[pool] = nodesBefore;
    });
  }
  return undefined;
}

function findSpot(
  config: ClusterConfig,
  free: number[][],
  pools: readonly number[],
  gpus: number,
  taken: readonly number[],
): { pool: number; node: number } | undefined {
  for (const pool of pools) {
    const node = fullestWithRoom(free[pool] ?? [], gpus, taken);
    if (node >= 0) return { pool, node };
  }
  for (const pool of pools) {
    const { gpusPerNode, maxNodes } = config.nodePools[pool] as NodePoolConfig;
    const nodes = free[pool] as number[];
    if (gpusPerNode < gpus || nodes.length >= maxNodes) continue;
    return { pool, node: nodes.push(gpusPerNode) - 1 };
  }
  return undefined;
}

/** @param taken nodes that hold a share of the same replica already */
function fullestWithRoom(free: readonly number[], gpus: number, taken: readonly number[]): number {
  let best = -1;
  free.forEach((room, node) => {
    if (room >= gpus && !taken.includes(node) && (best < 0 || room < (free[best] as number))) best = node;
  });
  return best;
}
