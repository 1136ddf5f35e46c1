import { expect, it } from "vitest";
import { GPU_SHEETS } from "../../serving/gpu-sheets.ts";
import { gpuOfLabel, nodeLabels } from "./gpu-labels.ts";

const gpu = (key: string, ...values: string[]) => gpuOfLabel({ key, values, path: [] });

it.each([
  ["cloud.google.com/gke-accelerator", "nvidia-l4", "L4"],
  ["cloud.google.com/gke-accelerator", "nvidia-h100-80gb", "H100"],
  ["cloud.google.com/gke-accelerator", "nvidia-h100-mega-80gb", "H100"],
  ["cloud.google.com/gke-accelerator", "nvidia-h200-141gb", "H200"],
  ["cloud.google.com/gke-accelerator", "nvidia-tesla-a100", "A100-40GB"],
  ["cloud.google.com/gke-accelerator", "nvidia-a100-80gb", "A100"],
  ["nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3", "H100"],
  ["nvidia.com/gpu.product", "NVIDIA-A100-SXM4-40GB", "A100-40GB"],
  ["nvidia.com/gpu.product", "NVIDIA-A100-SXM4-80GB", "A100"],
  ["nvidia.com/gpu.product", "NVIDIA-L40S", "L40S"],
  ["nvidia.com/gpu.product", "NVIDIA-L4", "L4"],
  ["karpenter.k8s.aws/instance-gpu-name", "h100", "H100"],
  ["gpu.nvidia.com/model", "H200", "H200"],
  ["node.kubernetes.io/instance-type", "p5.48xlarge", "H100"],
  ["node.kubernetes.io/instance-type", "p4d.24xlarge", "A100-40GB"],
  ["node.kubernetes.io/instance-type", "g6e.12xlarge", "L40S"],
  ["node.kubernetes.io/instance-type", "a3-highgpu-8g", "H100"],
  ["node.kubernetes.io/instance-type", "Standard_ND96isr_H100_v5", "H100"],
  ["node.kubernetes.io/instance-type", "m5.large", undefined],
  ["nvidia.com/gpu.product", "NVIDIA-H100-PCIe", undefined],
  ["karpenter.k8s.aws/instance-gpu-name", "a100", undefined],
  ["team", "nvidia-l4", undefined],
])("%s %s asks for %s", (key, value, expected) => {
  expect(gpu(key, value)).toBe(expected);
  if (expected !== undefined) expect(Object.keys(GPU_SHEETS)).toContain(expected);
});

it("a label with several values asks for a GPU only when they agree", () => {
  expect(gpu("node.kubernetes.io/instance-type", "p5.48xlarge", "a3-highgpu-8g")).toBe("H100");
  expect(gpu("node.kubernetes.io/instance-type", "p5.48xlarge", "p4d.24xlarge")).toBeUndefined();
});

it("labels come from the selector and from required affinity of a single term", () => {
  const term = {
    matchExpressions: [
      { key: "b", operator: "In", values: ["2", "3"] },
      { key: "c", operator: "Exists" },
    ],
  };
  const pod = (terms: readonly unknown[]) => ({
    nodeSelector: { a: "1" },
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } },
  });
  expect(nodeLabels(pod([term]), ["spec"]).map(({ key, values }) => [key, values])).toEqual([["a", ["1"]], ["b", ["2", "3"]]]); // biome-ignore format: pairs
  expect(nodeLabels(pod([term, term]), ["spec"]).map(({ key }) => key)).toEqual(["a"]);
});
