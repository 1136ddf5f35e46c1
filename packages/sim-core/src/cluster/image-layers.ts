import type { NodeState } from "./state.ts";
import type { ImagePullConfig } from "./transfer/config.ts";

/** What a pull has to bring to a node: layers of a base image that another image has brought are there already. */
export function missingBytes(node: NodeState, { bytes, base }: ImagePullConfig): number {
  return base !== undefined && node.bases.includes(base.name) ? bytes - base.bytes : bytes;
}

/** The image is on the node, and its base with it. */
export function keepBase(node: NodeState, image: ImagePullConfig | undefined): void {
  const name = image?.base?.name;
  if (name !== undefined && !node.bases.includes(name)) node.bases.push(name);
}
