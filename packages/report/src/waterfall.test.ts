import type { DecisionRecord, DeploymentResult, NodeRecord, PodRecord } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { meanDelays, restartWaterfalls, waterfalls } from "./waterfall.ts";
import { renderWaterfall } from "./waterfall-text.ts";

const pod = (parts: PodRecord["parts"]): PodRecord => ({
  name: "chat-1",
  deployment: "chat",
  nodePool: "h100",
  node: "h100-1",
  stages: [],
  cause: null,
  ...(parts === undefined ? {} : { parts }),
});

const NODE: NodeRecord = {
  name: "h100-1",
  nodePool: "h100",
  stages: [
    [110, "Requested"],
    [110, "Provisioning"],
    [210, "Joined"],
    [240, "Allocatable"],
  ],
};

const decision = (timeSeconds: number, specReplicas: number, desiredReplicas: number): DecisionRecord => ({
  timeSeconds,
  deployment: "chat",
  timer: "sync",
  specReplicas,
  desiredReplicas,
  readyReplicas: 1,
  reason: "x",
  evidence: {},
});

function runOf(pods: readonly PodRecord[], decisions: readonly DecisionRecord[]) {
  const chat = {
    name: "chat",
    required: [
      [0, 1],
      [50, 2],
    ],
    ready: [[0, 1]],
  } as unknown as DeploymentResult;
  return { pods, nodes: [NODE], deployments: [chat], decisions };
}

const STARTED = pod([
  [100, "node"],
  [240, "bind"],
  [241, "load"],
  [300, "endpoints"],
  [302, "routable"],
]);

const spans = (run: Parameters<typeof waterfalls>[0]): readonly string[] =>
  waterfalls(run).flatMap(({ delays }) => delays.map(({ part, fromSeconds, toSeconds }) => `${part} ${fromSeconds}-${toSeconds}`));

describe("a waterfall", () => {
  it("begins with the load, splits the wait for a node by what the node did, and ends at the endpoint", () => {
    expect(spans(runOf([STARTED], [decision(60, 1, 1), decision(75, 1, 2), decision(90, 1, 2)]))).toEqual([
      "metricLag 50-75",
      "decisionLag 75-100",
      "autoscaler 100-110",
      "provision 110-210",
      "devicePlugin 210-240",
      "bind 240-241",
      "load 241-300",
      "endpoints 300-302",
    ]);
  });

  it("has no lags where the pod was asked for ahead of the load", () => {
    expect(spans(runOf([STARTED], [decision(40, 1, 2)]))[0]).toBe("autoscaler 100-110");
    const ahead = runOf([STARTED], [decision(75, 1, 2)]);
    const [chat] = ahead.deployments;
    const enough = { ...ahead, deployments: [{ ...(chat as DeploymentResult), ready: [[0, 2]] as const }] };
    expect(spans(enough)[0]).toBe("autoscaler 100-110");
  });

  it("waits for free GPUs where its node has been there all along", () => {
    const late = pod([
      [300, "node"],
      [340, "bind"],
      [341, "routable"],
    ]);
    expect(spans(runOf([late], []))).toEqual(["room 300-340", "bind 340-341"]);
  });

  it("is left out for pods that are there from the beginning, and for results that know no parts", () => {
    expect(waterfalls(runOf([pod(undefined)], []))).toEqual([]);
  });

  it("averages over replicas that could be reached, a part that one of them did not have as 0", () => {
    const quick = pod([
      [400, "load"],
      [410, "routable"],
    ]);
    const cut = pod([
      [400, "load"],
      [500, "warmUp"],
    ]);
    const means = meanDelays(waterfalls(runOf([STARTED, quick, cut], [])));
    expect(means.find(({ part }) => part === "load")?.seconds).toBe((59 + 10) / 2);
    expect(means.find(({ part }) => part === "provision")?.seconds).toBe(50);
    expect(means.some(({ part }) => part === "warmUp")).toBe(false);
  });

  it("of a restart begins with the container's end, and is no part of the mean of the replicas that were started", () => {
    const crashed: PodRecord = {
      ...STARTED,
      restarts: [
        [
          [500, "restart"],
          [510, "routable"],
        ],
        [
          [600, "backOff"],
          [610, "restart"],
          [620, "load"],
        ],
      ],
    };
    const run = runOf([crashed], []);
    expect(restartWaterfalls(run).map(({ name, delays, isComplete }) => [name, delays.map(({ part }) => part), isComplete])).toEqual([
      ["chat-1, restart 1", ["restart"], true],
      ["chat-1, restart 2", ["backOff", "restart"], false],
    ]);
    expect(meanDelays(waterfalls(run)).some(({ part }) => part === "restart")).toBe(false);
  });

  it("is drawn as text with one bar a part, each where the one before ends", () => {
    const text = renderWaterfall(runOf([STARTED], [decision(75, 1, 2)]), { width: 20 });
    expect(text[0]).toBe("Why capacity was late: 4 min 12 s in the mean of 1 replica.");
    expect(text.at(-2)).toMatch(/^weights {20,}█{5} +59\.0 s$/);
    expect(renderWaterfall(runOf([], []))).toEqual([]);
  });
});
