import { describe, expect, it } from "vitest";
import { CLUSTER, ClusterRig, clusterWith, DEPLOYMENT, LIFECYCLE, POOL } from "../../test/cluster-rig.ts";
import { InputError, SimError } from "../errors.ts";

describe("time 0", () => {
  it("has its nodes Allocatable and its replicas Ready, warm and known to the gateway", () => {
    const rig = new ClusterRig(CLUSTER).start();
    expect(rig.stagesOf("h100-0")).toEqual(["0 Allocatable"]);
    expect(rig.stagesOf("chat-0")).toEqual(["0 Ready"]);
    expect(rig.calls).toEqual(["0 ready 0 warm", "0 added 0"]);
    expect(rig.cluster.scaleView(0)).toEqual({ specReplicas: 1, statusReplicas: 1 });
    expect(rig.cluster.readyReplicas(0)).toBe(1);
    expect(rig.cluster.pod(0)).toEqual({ name: "chat-0", deployment: 0, nodePool: "h100", node: "h100-0" });
  });

  it("has at least the pool's minimum of nodes, and as many as the replicas need", () => {
    const nodesAt0 = (minNodes: number, replicas: number) => {
      const rig = new ClusterRig(clusterWith({ pool: { minNodes, maxNodes: 9 }, deployment: { replicas } })).start();
      return rig.facts.filter((fact) => fact.kind === "node-stage").length;
    };
    expect(nodesAt0(3, 1)).toBe(3);
    expect(nodesAt0(0, 5)).toBe(3);
    expect(nodesAt0(0, 0)).toBe(0);
  });

  it("refuses a cluster that cannot hold it", () => {
    const config = clusterWith({ deployment: { replicas: 5 } });
    expect(() => new ClusterRig(config)).toThrow(InputError);
  });
});

describe("a start", () => {
  it("on a node with room passes every stage; the image is there already", () => {
    const rig = new ClusterRig(CLUSTER).start().scale(100, 2).runTo(200);
    expect(rig.stagesOf("chat-1")).toEqual(["100 Scheduled", "101 Pulling", "101 Loading", "131 WarmingUp", "140 Ready"]);
    expect(rig.calls.slice(2)).toEqual(["140 ready 1", "142 added 1"]);
  });

  it("waits for a node that the autoscaler asks for at its next scan, and pulls the image there", () => {
    const rig = new ClusterRig(CLUSTER).start().scale(101, 3).runTo(300);
    expect(rig.stagesOf("h100-1")).toEqual(["110 Requested", "110 Provisioning", "210 Joined", "230 Allocatable"]);
    expect(rig.stagesOf("chat-2")).toEqual([
      "101 Unschedulable",
      "230 Scheduled",
      "231 Pulling",
      "251 Loading",
      "281 WarmingUp",
      "290 Ready",
    ]);
  });

  it("waits for a pull of the same image that is under way on the node", () => {
    const config = clusterWith({ pool: { minNodes: 1 }, deployment: { replicas: 0 } });
    const rig = new ClusterRig(config).start().scale(0, 1).scale(10, 2).runTo(100);
    expect(rig.stagesOf("chat-0").slice(1, 3)).toEqual(["1 Pulling", "21 Loading"]);
    expect(rig.stagesOf("chat-1").slice(1, 3)).toEqual(["11 Pulling", "21 Loading"]);
  });

  it("becomes Ready at the first probe after the warm-up, at a phase of its own", () => {
    const config = clusterWith({ lifecycle: { readinessPeriodSeconds: 10 }, deployment: { replicas: 0, gpusPerReplica: 1 } });
    const rig = new ClusterRig(config).start().scale(0, 8).runTo(100);
    // Containers start at 21 s and are warm at 60 s.
    const readySeconds = rig.facts.flatMap((fact) => (fact.kind === "pod-stage" && fact.stage === "Ready" ? [fact.timeSeconds] : []));
    expect(readySeconds).toHaveLength(8);
    expect(new Set(readySeconds).size).toBe(8);
    for (const seconds of readySeconds) expect(seconds >= 60 && seconds < 70).toBe(true);
  });

  it("takes GPUs that another pod's end frees before any new node", () => {
    const config = clusterWith({ pool: { maxNodes: 1 } });
    const rig = new ClusterRig(config).start().scale(0, 3).scale(100, 2).scale(101, 3).runTo(200);
    expect(rig.stagesOf("chat-2")).toEqual(["0 Unschedulable", "100 Gone"]);
    expect(rig.stagesOf("chat-3")[0]).toBe("101 Unschedulable");
    rig.scale(300, 2).scale(301, 1).scale(302, 2).runTo(400);
    // chat-1 drains from 301 s: preStop 5 s, then 25 s to empty; chat-4 waits for its GPUs.
    expect(rig.stagesOf("chat-1").slice(-2)).toEqual(["301 Draining", "331 Gone"]);
    expect(rig.stagesOf("chat-4").slice(0, 2)).toEqual(["302 Unschedulable", "331 Scheduled"]);
  });

  it("draws the n-th pod's times from streams of its own, whatever happened to the others", () => {
    const lifecycle = { ...LIFECYCLE, loadSeconds: { kind: "uniform", min: 10, max: 50 } } as const;
    const config = clusterWith({ lifecycle, pool: { maxNodes: 4 } });
    const loadOf = (rig: ClusterRig, name: string) => {
      const at = (stage: string) =>
        Number(
          rig
            .stagesOf(name)
            .find((entry) => entry.endsWith(stage))
            ?.split(" ")[0],
        );
      return at("WarmingUp") - at("Loading");
    };
    const calm = new ClusterRig(config).start().scale(0, 4).runTo(900);
    const busy = new ClusterRig(config).start().scale(0, 2).restart(1, 0).scale(77, 4).runTo(900);
    for (const name of ["chat-1", "chat-2", "chat-3"]) expect(loadOf(busy, name)).toBeCloseTo(loadOf(calm, name), 9);
    expect(loadOf(calm, "chat-1")).not.toBe(loadOf(calm, "chat-2"));
  });
});

describe("the end of a pod", () => {
  it("drains: endpoint removed after its delay, SIGTERM after preStop, gone when empty", () => {
    const rig = new ClusterRig(CLUSTER).start().scale(100, 2).scale(400, 1).runTo(500);
    expect(rig.stagesOf("chat-1").slice(-2)).toEqual(["400 Draining", "430 Gone"]);
    expect(rig.calls.slice(-3)).toEqual(["402 removed 1", "405 drain 1", "430 deleted 1"]);
  });

  it("kills what is left when the grace period, preStop included, is over", () => {
    const rig = new ClusterRig(CLUSTER, { drainSeconds: 1000 }).start().scale(100, 0).runTo(2000);
    expect(rig.stagesOf("chat-0").slice(-2)).toEqual(["100 Draining", "160 Gone"]);
    expect(rig.calls.slice(-3)).toEqual(["102 removed 0", "105 drain 0", "160 deleted 0"]);
  });

  it("grants two seconds when preStop has used up the grace period", () => {
    const config = clusterWith({ lifecycle: { preStopSeconds: 90 } });
    const rig = new ClusterRig(config, { drainSeconds: 1000 }).start().scale(100, 0).runTo(2000);
    expect(rig.calls.slice(-2)).toEqual(["160 drain 0", "162 deleted 0"]);
  });

  it("aborts at SIGTERM when the server does, also before the gateway has heard", () => {
    const config = clusterWith({ lifecycle: { preStopSeconds: 0, onTerminate: "abort" } });
    const rig = new ClusterRig(config).start().scale(100, 0).runTo(200);
    expect(rig.calls.slice(-3)).toEqual(["100 abort 0", "100 deleted 0", "102 removed 0"]);
  });

  it("is at once for a pod that was never Ready, and frees its GPUs", () => {
    const rig = new ClusterRig(CLUSTER).start().scale(100, 2).scale(120, 1).scale(121, 2).runTo(130);
    expect(rig.stagesOf("chat-1")).toEqual(["100 Scheduled", "101 Pulling", "101 Loading", "120 Gone"]);
    expect(rig.stagesOf("chat-2")[0]).toBe("121 Scheduled");
    expect(rig.calls.filter((call) => call.endsWith(" 1"))).toEqual([]);
  });

  it("is at once for an interrupted pod", () => {
    const rig = new ClusterRig(CLUSTER).start().restart(100, 0).scale(110, 0).runTo(200);
    expect(rig.stagesOf("chat-0")).toEqual(["0 Ready", "100 Interrupted", "110 Gone"]);
    expect(rig.calls.slice(-3)).toEqual(["100 restart 0", "102 removed 0", "110 deleted 0"]);
  });

  it("does not count in status.replicas while it terminates", () => {
    const rig = new ClusterRig(CLUSTER).start().scale(100, 0);
    expect(rig.cluster.scaleView(0)).toEqual({ specReplicas: 0, statusReplicas: 0 });
    expect(rig.cluster.podViews(0)).toHaveLength(1);
  });

  it("does not accept a drained replica that was not told to terminate", () => {
    const rig = new ClusterRig(CLUSTER).start().scale(100, 0);
    expect(() => rig.cluster.replicaDrained(101, 0)).toThrow(SimError);
  });
});

describe("a container restart", () => {
  it("interrupts the pod for the restart, the load and the warm-up; the gateway hears late both times", () => {
    const rig = new ClusterRig(CLUSTER).start().restart(500, 0).runTo(600);
    expect(rig.stagesOf("chat-0")).toEqual(["0 Ready", "500 Interrupted", "544 Ready"]);
    expect(rig.calls.slice(2)).toEqual(["500 restart 0", "502 removed 0", "544 ready 0", "546 added 0"]);
    expect(rig.cluster.readyReplicas(0)).toBe(1);
  });

  it("before the gateway has heard of the pod leaves it unheard of", () => {
    const rig = new ClusterRig(CLUSTER).start().scale(100, 2).restart(141, 1).runTo(300);
    expect(rig.calls.slice(2)).toEqual(["140 ready 1", "141 restart 1", "185 ready 1", "187 added 1"]);
  });

  it("is refused for a pod that is not Ready", () => {
    const rig = new ClusterRig(CLUSTER).start().scale(100, 2);
    expect(() => rig.cluster.restartContainer(101, 1)).toThrow(/pod_not_ready/);
  });

  it("hits the n-th oldest Ready pod", () => {
    const rig = new ClusterRig(CLUSTER).start().scale(100, 2);
    expect(rig.cluster.oldestReadyPod(0, 1)).toBeUndefined();
    rig.runTo(150);
    expect([rig.cluster.oldestReadyPod(0, 0), rig.cluster.oldestReadyPod(0, 1)]).toEqual([0, 1]);
  });
});

describe("nodes", () => {
  it("are removed when empty for long enough, at a scan, down to the minimum", () => {
    const rig = new ClusterRig(CLUSTER).start().scale(101, 3).scale(330, 1).runTo(2000);
    // The two pods that share h100-0 are deleted before the one that is alone on h100-1; they are gone at 360 s.
    expect(rig.stagesOf("h100-0")).toEqual(["0 Allocatable", "660 Draining", "690 Gone"]);
    expect(rig.stagesOf("h100-1").at(-1)).toBe("230 Allocatable");
  });

  it("are removed in the order in which they became empty, of equals the newest", () => {
    const removed = (rig: ClusterRig) =>
      rig.facts.flatMap((fact) => (fact.kind === "node-stage" && fact.stage === "Gone" ? [fact.node] : []));
    const config = clusterWith({ deployment: { gpusPerReplica: 8 } });
    // The interrupted chat-0 goes at once at 301 s and leaves h100-0 empty, chat-1 on h100-1 needs time to drain.
    const rig = new ClusterRig(config).start().scale(0, 2).restart(300, 0).scale(301, 1).scale(302, 0).runTo(2000);
    expect(removed(rig)).toEqual(["h100-0"]);
    const together = new ClusterRig(clusterWith({ deployment: { gpusPerReplica: 8, replicas: 2 } })).start().scale(100, 0).runTo(2000);
    expect(removed(together)).toEqual(["h100-1"]);
  });

  it("are not removed soon after one was added", () => {
    const config = clusterWith({ pool: { scaleDownUnneededSeconds: 0, scaleDownDelayAfterAddSeconds: 1000 } });
    const rig = new ClusterRig(config).start().scale(101, 3).scale(150, 1).runTo(2000);
    expect(rig.stagesOf("h100-1").slice(-2)).toEqual(["1110 Draining", "1140 Gone"]);
  });

  it("stay within the pool's maximum, nodes on their way out included", () => {
    const config = clusterWith({
      pool: { minNodes: 0, scaleDownUnneededSeconds: 0, scaleDownDelayAfterAddSeconds: 0, terminationSeconds: 500, maxNodes: 1 },
    });
    const rig = new ClusterRig(config).start().scale(0, 0).runTo(100).scale(105, 1).runTo(700);
    expect(rig.stagesOf("h100-0")).toEqual(["0 Allocatable", "30 Draining", "530 Gone"]);
    expect(rig.stagesOf("h100-1")[0]).toBe("530 Requested");
  });

  it("that are upcoming serve as many waiting pods as fit, so no node is asked for twice", () => {
    const config = clusterWith({ pool: { maxNodes: 9 } });
    const rig = new ClusterRig(config).start().scale(101, 6).runTo(125).scale(126, 7).runTo(900);
    // 7 replicas of 4 GPUs on nodes of 8: four nodes, two pods to each; the seventh takes the slots left on the third.
    expect(
      rig.facts.filter((fact) => fact.kind === "node-stage" && fact.stage === "Requested").map(({ timeSeconds }) => timeSeconds),
    ).toEqual([110, 110, 130]);
    expect(rig.cluster.readyReplicas(0)).toBe(7);
  });

  it("come from the preferred pool until it is full, then from the next", () => {
    const cheap = { ...POOL, name: "cheap", minNodes: 0, maxNodes: 1 };
    const dear = { ...POOL, name: "dear", minNodes: 0, maxNodes: 5 };
    const deployment = { ...DEPLOYMENT, replicas: 0, nodePools: ["cheap", "dear"] };
    const rig = new ClusterRig({ nodePools: [dear, cheap], deployments: [deployment] }).start().scale(1, 3).runTo(500);
    expect([0, 1, 2].map((pod) => rig.cluster.pod(pod).node)).toEqual(["cheap-0", "cheap-0", "dear-0"]);
  });

  it("of equal room take a replica in order of age", () => {
    const config = clusterWith({ pool: { minNodes: 3, maxNodes: 3 }, deployment: { replicas: 0 } });
    expect(new ClusterRig(config).start().scale(1, 1).cluster.pod(0).node).toBe("h100-0");
  });

  it("take a replica where it leaves the least room", () => {
    const small = { ...DEPLOYMENT, name: "small", gpusPerReplica: 1, replicas: 1 };
    const large = { ...DEPLOYMENT, name: "large", gpusPerReplica: 8, replicas: 0 };
    const pool = { ...POOL, minNodes: 3, maxNodes: 3 };
    const rig = new ClusterRig({ nodePools: [pool], deployments: [small, large] }).start().scale(1, 8).scale(2, 2, 1).runTo(3);
    expect(rig.cluster.podViews(1).map(({ phase }) => phase)).toEqual(["Pending", "Pending"]);
    expect(rig.stagesOf("large-1")).toEqual(["2 Scheduled", "3 Pulling"]);
  });
});

describe("what controllers see", () => {
  it("follows the pod's life as the API server would tell it", () => {
    const rig = new ClusterRig(CLUSTER).start();
    const requests = { cpu: 8, memory: 64e9, "nvidia.com/gpu": 4 };
    const last = () => rig.cluster.podViews(0).at(-1);
    rig.scale(100, 3);
    expect(last()).toEqual({ name: "chat-2", phase: "Pending", createdSeconds: 100, requests });
    rig.runTo(240);
    expect(last()).toEqual({
      name: "chat-2",
      phase: "Pending",
      createdSeconds: 100,
      startSeconds: 231,
      ready: { status: false, sinceSeconds: 231 },
      requests,
    });
    rig.runTo(260);
    expect(last()).toMatchObject({ phase: "Running", ready: { status: false, sinceSeconds: 231 } });
    rig.runTo(290);
    expect(last()).toMatchObject({ phase: "Running", ready: { status: true, sinceSeconds: 290 } });
    rig.restart(300, 2);
    expect(last()).toMatchObject({ phase: "Running", ready: { status: false, sinceSeconds: 300 } });
    rig.scale(400, 0);
    expect(last()).toMatchObject({ ready: { status: true, sinceSeconds: 344 }, deletionSeconds: 400 });
  });

  it("is the same array until a pod changes", () => {
    const rig = new ClusterRig(CLUSTER).start();
    const views = rig.cluster.podViews(0);
    expect(rig.runTo(99).cluster.podViews(0)).toBe(views);
    expect(rig.scale(100, 2).cluster.podViews(0)).not.toBe(views);
  });
});

it("refuses a time that lies before the last call's", () => {
  const rig = new ClusterRig(CLUSTER).start().runTo(100);
  expect(() => rig.cluster.setReplicas(50, 0, 2)).toThrow(/clock_went_back/);
});

it("refuses replicas that are no count", () => {
  const rig = new ClusterRig(CLUSTER).start();
  for (const replicas of [-1, 1.5, Number.NaN]) expect(() => rig.cluster.setReplicas(1, 0, replicas)).toThrow(/bad_replicas/);
});

describe("a replica on several nodes", () => {
  const SPREAD = { deployment: { replicas: 0, gpusPerReplica: 16, nodesPerReplica: 2 }, pool: { minNodes: 0, maxNodes: 4 } } as const;

  it("gets all of them at once, from one request of its pool", () => {
    const rig = new ClusterRig(clusterWith(SPREAD)).start().scale(1, 1).runTo(400);
    expect(rig.stagesOf("h100-0")).toEqual(rig.stagesOf("h100-1"));
    expect(rig.stagesOf("chat-0")).toEqual([
      "1 Unschedulable",
      "130 Scheduled",
      "131 Pulling",
      "151 Loading",
      "181 WarmingUp",
      "190 Ready",
    ]);
  });

  it("waits for the rest when only some are there, and asks for no more than those", () => {
    const config = clusterWith({ ...SPREAD, pool: { minNodes: 1, maxNodes: 4 } });
    const rig = new ClusterRig(config).start().scale(1, 1).runTo(400);
    expect(rig.stagesOf("chat-0").at(-1)).toBe("190 Ready");
    expect(rig.stagesOf("h100-1")[0]).toBe("10 Requested");
    expect(rig.stagesOf("h100-2")).toEqual([]);
  });

  it("asks for none when the pool cannot hold all", () => {
    const config = clusterWith({ ...SPREAD, pool: { minNodes: 0, maxNodes: 1 } });
    const rig = new ClusterRig(config).start().scale(1, 1).runTo(400);
    expect(rig.stagesOf("chat-0")).toEqual(["1 Unschedulable"]);
    expect(rig.stagesOf("h100-0")).toEqual([]);
  });

  it("starts on as many nodes at time 0, and gives all back", () => {
    const config = clusterWith({ ...SPREAD, deployment: { ...SPREAD.deployment, replicas: 2 } });
    const rig = new ClusterRig(config).start();
    expect(rig.facts.filter(({ kind }) => kind === "node-stage")).toHaveLength(4);
    rig.scale(100, 0).runTo(900);
    for (const node of ["h100-0", "h100-1", "h100-2", "h100-3"]) expect(rig.stagesOf(node).at(-1), node).toMatch(/Gone/);
  });

  it("must share its GPUs evenly", () => {
    const config = clusterWith({ ...SPREAD, deployment: { ...SPREAD.deployment, gpusPerReplica: 15 } });
    expect(() => new ClusterRig(config)).toThrow(/gpus_not_shared_evenly/);
  });
});

describe("a container that ends again and again", () => {
  // each start takes 10 s to make the container, 30 s to load, 9 s to warm up, 2 s to the gateway
  const partsOfRestarts = (rig: ClusterRig): readonly (readonly string[])[] =>
    rig.facts.flatMap((fact) => (fact.kind === "pod-start" ? [fact.parts.map(([seconds, part]) => `${seconds} ${part}`)] : []));

  it("is in CrashLoopBackOff from its second end within ten minutes on, and each restart is told part by part", () => {
    const rig = new ClusterRig(clusterWith({ lifecycle: { restartDelaySeconds: 10 } })).start();
    rig.restart(100, 0).restart(200, 0).restart(300, 0).runTo(600);
    expect(rig.stagesOf("chat-0").slice(-1)).toEqual(["369 Ready"]);
    expect(partsOfRestarts(rig).map(([first, second]) => [first, second])).toEqual([
      ["100 restart", "110 load"],
      ["200 backOff", "210 restart"],
      ["300 backOff", "320 restart"],
    ]);
    expect(partsOfRestarts(rig).map((parts) => parts.at(-1)?.split(" ")[1])).toEqual(["routable", "routable", "routable"]);
  });

  it("is forgiven after ten minutes without an end", () => {
    const rig = new ClusterRig(clusterWith({ lifecycle: { restartDelaySeconds: 10 } })).start();
    rig.restart(100, 0).restart(701, 0).runTo(900);
    expect(partsOfRestarts(rig).at(-1)?.[0]).toBe("701 restart");
  });
});

describe("a container that is not up by its deadline", () => {
  it("is killed and starts again, at once the first time, then after a pause that doubles up to five minutes", () => {
    const config = clusterWith({ lifecycle: { startDeadlineSeconds: 35, restartDelaySeconds: 10 } });
    const rig = new ClusterRig(config).start().scale(0, 2).runTo(2000);
    // Containers need 30 s + 9 s. Starts: 1, then each 10 s after 36, 81 + 10, 136 + 20, 201 + 40, 286 + 80, 411 + 160, 616 + 300, …
    const loads = rig.stagesOf("chat-1").filter((entry) => entry.endsWith("Loading"));
    expect(loads.map((entry) => Number(entry.split(" ")[0]))).toEqual([1, 36, 81, 136, 201, 286, 411, 616, 961, 1306, 1651, 1996]);
    expect(rig.stagesOf("chat-1").some((entry) => entry.endsWith("Ready"))).toBe(false);
  });

  it("is left alone when it is up in time, and counts anew after that", () => {
    const config = clusterWith({ lifecycle: { startDeadlineSeconds: 39 } });
    const rig = new ClusterRig(config).start().scale(0, 2).restart(500, 1).runTo(700);
    expect(rig.stagesOf("chat-1").slice(-3)).toEqual(["40 Ready", "500 Interrupted", "544 Ready"]);
  });

  it("stays interrupted when it was Ready before", () => {
    const config = clusterWith({ lifecycle: { startDeadlineSeconds: 35 } });
    const rig = new ClusterRig(config).start().restart(100, 0).runTo(1500);
    expect(rig.stagesOf("chat-0").slice(1)).toEqual(["100 Interrupted"]);
  });

  it("is not probed before the initial delay", () => {
    const config = clusterWith({ lifecycle: { probeDelaySeconds: 120 } });
    const rig = new ClusterRig(config).start().scale(0, 2).runTo(300);
    expect(rig.stagesOf("chat-1").at(-1)).toBe("121 Ready");
  });
});
