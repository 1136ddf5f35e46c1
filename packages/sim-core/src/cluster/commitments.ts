import type { ClusterConfig } from "./config.ts";

/** What the ledger must know of commitments: the pool's position, and how many nodes of which size are paid for in any case. */
export function commitmentsOf({
  nodePools,
}: ClusterConfig): readonly { readonly pool: number; readonly nodes: number; readonly gpusPerNode: number }[] {
  return nodePools.flatMap(({ commitment, gpusPerNode }, pool) =>
    commitment === undefined ? [] : [{ pool, nodes: commitment.nodes, gpusPerNode }],
  );
}
