/** A small scenario that runs as it is: one model, one morning, three ways to scale it. */
const SCENARIO = `# A Replicast scenario. Every field is described by the JSON schema: replicast schema > scenario.schema.json
# yaml-language-server: $schema=./scenario.schema.json
replicast: 1
name: my-first-scenario
description: An 8B chat model from a quiet night into a busy morning.
start: 2026-03-02T04:00:00
timeZone: UTC
duration: 6h
seed: 1

traffic:
  - arrivals:
      kind: modulatedPoisson
      rate: { points: [[0s, 2/s], [3h, 2/s], [5h, 20/s]] }
      sigma: 0.21
      tau: 10m
    lengths: azure-conversation-2023

deployments:
  - name: chat
    model: llama-3.1-8b_l40s_tp1
    replicas: 2
    startup:
      pull: 60s
      load: { bandwidth: 1GB/s, fixed: 10s }
      warmUp: 30s
    shutdown: { grace: 90s, onTerminate: drain }

nodePools:
  - name: l40s
    gpu: L40S
    gpusPerNode: 4
    pricePerGpuHour: 1.86
    min: 1
    max: 5

policies:
  - name: fixed 5
    kind: fixed
    replicas: 5
  - name: HPA on running requests
    kind: hpa
    manifest: hpa.yaml
  - name: fixed 2
    kind: fixed
    replicas: 2

slo:
  ttft: "p(95)<2s"
  tpot: "p(95)<100ms"

thresholds:
  policy: HPA on running requests
  lostRequests: "==0"
`;

const HPA = `# As it would be deployed. Metrics come through an adapter of the custom metrics API.
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: chat
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: chat
  minReplicas: 2
  maxReplicas: 16
  metrics:
    - type: Pods
      pods:
        metric:
          name: vllm:num_requests_running
        target:
          type: AverageValue
          averageValue: "24"
  behavior:
    scaleDown:
      stabilizationWindowSeconds: 600
`;

const README = `# my-first-scenario

An 8B chat model on L40S GPUs from a quiet night into a busy morning, scaled in three ways.

    replicast validate scenario.yaml     is everything as it should be?
    replicast compare . --out report     what does each policy cost, and whom does it fail?
    replicast capacity .                 what load does one replica carry at the SLO?

(From this folder, with the command installed. From a clone of its repository, in the clone's folder:
\`npm run -s replicast -- compare PATH-OF-THIS-FOLDER\`.)

Things to try:

- your own traffic: \`replicast compare . --trace requests.csv\` (columns \`arrival_s,input_tokens,output_tokens\`);
- your own manifest: put it in place of \`hpa.yaml\`, unchanged;
- another quota: \`replicast compare . --set nodePools.l40s.max=3\`.
`;

/** Files of `replicast init`, by name. */
export const STARTER_FILES: Readonly<Record<string, string>> = { "scenario.yaml": SCENARIO, "hpa.yaml": HPA, "README.md": README };
