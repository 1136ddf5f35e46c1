import * as z from "zod";
import { byteRate, bytes, duration, durations, type Field, name, strict } from "./fields.ts";
import type { LoadSpec, PullSpec, SharedSpec } from "./spec.ts";

/** A rate that must not be 0: what never arrives would end nowhere. */
export const positiveRate: Field<number> = byteRate.refine((rate) => rate > 0, {
  params: { issue: { code: "too_small", data: { minimum: 0, exclusive: true } } },
});
const positiveBytes: Field<number> = bytes.refine((size) => size > 0, {
  params: { issue: { code: "too_small", data: { minimum: 0, exclusive: true } } },
});

const shared: Field<SharedSpec> = strict({
  name: name.describe("What is shared: whatever names it, pulls and loads of all deployments, shares it fairly."),
  bandwidth: positiveRate.describe("Of all that moves over it at once."),
});

/** The image: seconds, or bytes. */
export const pull: Field<PullSpec> = z.union([
  durations,
  strict({
    bytes: positiveBytes.describe("Size of the image, compressed."),
    bandwidth: positiveRate.describe("Most that one pull gets."),
    shared: shared.optional().describe("Bandwidth of a registry or an uplink that pulls share. Default: none."),
    base: strict({
      name: name.describe("What the image is built from; images of one base share its layers."),
      bytes: positiveBytes.describe("Its layers, compressed; part of the image's `bytes`."),
    })
      .optional()
      .describe("Layers that a node pulls once for all images that have them, of other deployments and of later revisions. Default: none."),
    unpack: positiveRate.optional().describe("Compressed bytes unpacked per second, once all have arrived. Default: no time."),
  }),
]);

/** The weights: seconds, a plain bandwidth, or bytes from a source. */
export const load: Field<LoadSpec> = z.union([
  durations,
  strict({
    bandwidth: positiveRate.describe(
      "Weights are read at this rate. With a source: most that one pod (of several nodes: each of them) gets from it; of a local disk, all of it.",
    ),
    fixed: duration.optional().describe("Added to it, without a source. Default 0s."),
    source: z
      .enum(["objectStore", "sharedFileSystem", "localDisk", "streaming"])
      .optional()
      .describe(
        "Weights are bytes that share their way with others. objectStore: downloaded to the node's disk, then read from there; sharedFileSystem: read over the network; localDisk: read from a disk of the node, shared by the pods on it; streaming: over the network into GPU memory, nothing stays on the node. Default: none, every pod has the bandwidth for itself.",
      ),
    shared: shared.optional().describe("Bandwidth of the source, shared by all that load from it at once. Default: none."),
    bytes: positiveBytes.optional().describe("What is read from a source. Default: the model's weights."),
    nodeCopy: positiveRate
      .optional()
      .describe(
        "Rate at which the pods on a node together read the copy that a load leaves there (disk, page cache). Must be given for objectStore; for sharedFileSystem, default: no copy stays.",
      ),
  }),
]);
