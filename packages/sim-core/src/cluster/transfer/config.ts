/** Bandwidth that everything that names it has to share: a registry, a file system, an uplink. */
export interface SharedBandwidth {
  readonly name: string;
  readonly bytesPerSecond: number;
}

/** An image pull as bytes that are moved: over the network once for a node, then unpacked there. */
export interface ImagePullConfig {
  /** As the registry stores it, compressed. */
  readonly bytes: number;
  /** Most that one pull gets. */
  readonly bytesPerSecond: number;
  readonly shared?: SharedBandwidth;
  /** Layers among `bytes` that other images have too, by the name of what they are based on: a node pulls them once. */
  readonly base?: { readonly name: string; readonly bytes: number };
  /** Compressed bytes unpacked per second, after the last one has arrived. Absent: unpacking takes no time. */
  readonly unpackBytesPerSecond?: number;
}

/**
 * Where weights come from.
 * - objectStore: over the network onto the node's disk, then from the disk; the copy stays on the node.
 * - sharedFileSystem: over the network into memory; with a rate of the node's own copy, later loads on the node read that.
 * - localDisk: from a disk that every node brings along, shared by the deployment's pods on the node.
 * - streaming: over the network straight into GPU memory; nothing stays on the node.
 */
export type WeightsSource = "objectStore" | "sharedFileSystem" | "localDisk" | "streaming";

/** Weights as bytes that are read. */
export interface WeightsConfig {
  readonly source: WeightsSource;
  /** All weights of a replica; each of its nodes reads an equal share. */
  readonly bytes: number;
  /** Most that one node of one pod gets from the source; of a local disk: the disk itself. */
  readonly bytesPerSecond: number;
  readonly shared?: SharedBandwidth;
  /** Rate of the copy on the node (disk, page cache), shared by the deployment's pods that read it at once. Given for objectStore. */
  readonly nodeCopyBytesPerSecond?: number;
}
