import type { GpuSheet } from "./config.ts";

/**
 * Data sheets of common GPUs, by the name a scenario uses. FLOPS: 16-bit tensor, dense. Link: NVLink, or PCIe of 16 lanes where there is
 * none, one direction, so half of what the sheets call bandwidth.
 * @see NVIDIA data sheets of the H100 SXM, H200 SXM, A100 SXM, L40S, L4 and RTX PRO 6000 Blackwell Server Edition
 */
export const GPU_SHEETS: Readonly<Record<string, GpuSheet>> = {
  H100: {
    name: "NVIDIA H100 SXM 80GB",
    memoryBytes: 80e9,
    bandwidthBytesPerSecond: 3.35e12,
    fp16Flops: 989e12,
    linkBytesPerSecond: 4.5e11,
  },
  H200: {
    name: "NVIDIA H200 SXM 141GB",
    memoryBytes: 141e9,
    bandwidthBytesPerSecond: 4.8e12,
    fp16Flops: 989e12,
    linkBytesPerSecond: 4.5e11,
  },
  A100: { name: "NVIDIA A100 SXM 80GB", memoryBytes: 80e9, bandwidthBytesPerSecond: 2.039e12, fp16Flops: 312e12, linkBytesPerSecond: 3e11 },
  "A100-40GB": {
    name: "NVIDIA A100 SXM 40GB",
    memoryBytes: 40e9,
    bandwidthBytesPerSecond: 1.555e12,
    fp16Flops: 312e12,
    linkBytesPerSecond: 3e11,
  },
  L40S: { name: "NVIDIA L40S 48GB", memoryBytes: 48e9, bandwidthBytesPerSecond: 8.64e11, fp16Flops: 362e12, linkBytesPerSecond: 3.2e10 },
  L4: { name: "NVIDIA L4 24GB", memoryBytes: 24e9, bandwidthBytesPerSecond: 3e11, fp16Flops: 121e12, linkBytesPerSecond: 3.2e10 },
  "RTX-PRO-6000": {
    name: "NVIDIA RTX PRO 6000 Blackwell Server 96GB",
    memoryBytes: 96e9,
    bandwidthBytesPerSecond: 1.597e12,
    fp16Flops: 503.8e12,
    linkBytesPerSecond: 6.4e10,
  },
};
