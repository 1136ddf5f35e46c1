import fc from "fast-check";
import { expect, it } from "vitest";
import { ClusterRig, DEPLOYMENT, LIFECYCLE, POOL } from "../../test/cluster-rig.ts";
import type { Fact, NodeStage, PodStage } from "../domain/facts.ts";
import type { ClusterConfig } from "./config.ts";

const NEXT_POD_STAGES: Readonly<Record<PodStage | "none", readonly PodStage[]>> = {
  none: ["Unschedulable", "Scheduled", "Ready"],
  Unschedulable: ["Scheduled", "Gone"],
  Scheduled: ["Pulling", "Gone"],
  Pulling: ["Loading", "Gone"],
  // To Loading again: a container that was not up by its deadline.
  Loading: ["WarmingUp", "Loading", "Gone"],
  WarmingUp: ["Ready", "Loading", "Gone"],
  Ready: ["Interrupted", "Draining"],
  Interrupted: ["Ready", "Gone"],
  Draining: ["Gone"],
  Gone: [],
};

const NEXT_NODE_STAGES: Readonly<Record<NodeStage | "none", readonly NodeStage[]>> = {
  none: ["Requested", "Allocatable"],
  Requested: ["Provisioning", "Gone"],
  Provisioning: ["Joined", "Gone"],
  Joined: ["Allocatable"],
  Allocatable: ["Draining"],
  Draining: ["Gone"],
  Gone: [],
};

const duration = (max: number) =>
  fc.record({ kind: fc.constant("uniform" as const), min: fc.constant(0), max: fc.integer({ min: 0, max }) });

const shared = { name: "uplink", bytesPerSecond: 7 };
/** Parts of a start that may be left out, as durations or as bytes that share their way. */
const anyParts = {
  containerSeconds: duration(5),
  compileSeconds: duration(20),
  compileCachedSeconds: duration(5),
  image: fc.constantFrom({}, { image: { bytes: 100, bytesPerSecond: 5, shared, unpackBytesPerSecond: 30 } }),
  weights: fc.constantFrom(
    {},
    { weights: { source: "objectStore" as const, bytes: 100, bytesPerSecond: 5, shared, nodeCopyBytesPerSecond: 20 } },
    { weights: { source: "sharedFileSystem" as const, bytes: 60, bytesPerSecond: 5, shared, nodeCopyBytesPerSecond: 50 } },
    { weights: { source: "streaming" as const, bytes: 60, bytesPerSecond: 20 } },
    { weights: { source: "localDisk" as const, bytes: 60, bytesPerSecond: 20 } },
  ),
};

/** Two pools and two deployments, one of which may use both. */
const anyCluster: fc.Arbitrary<ClusterConfig> = fc
  .record({
    lifecycle: fc.record({
      scheduleSeconds: fc.constantFrom(0, 0.3),
      pullSeconds: duration(60),
      loadSeconds: duration(60),
      warmUpSeconds: duration(20),
      readinessPeriodSeconds: fc.constantFrom(0, 10),
      endpointDelaySeconds: fc.constantFrom(0, 2),
      preStopSeconds: fc.constantFrom(0, 5, 40),
      onTerminate: fc.constantFrom("drain" as const, "abort" as const),
      terminationGraceSeconds: fc.constantFrom(10, 60),
      restartDelaySeconds: fc.constantFrom(0, 5),
      probeDelaySeconds: fc.constantFrom(0, 30),
      startDeadlineSeconds: fc.constantFrom(15, 40, 1e6),
      ...anyParts,
    }),
    pools: fc.tuple(anyPool("a"), anyPool("b")),
    gpus: fc.tuple(fc.constantFrom(1, 2, 4), fc.constantFrom(1, 3, 4)),
    nodes: fc.constantFrom(1, 1, 2, 3),
  })
  .map(({ lifecycle: { image, weights, ...rest }, ...others }) => ({ ...others, lifecycle: { ...rest, ...image, ...weights } }))
  .map(({ lifecycle, pools, gpus, nodes }) => ({
    nodePools: pools,
    deployments: [
      { ...DEPLOYMENT, name: "x", replicas: 1, gpusPerReplica: gpus[0], nodePools: ["a"], lifecycle: { ...LIFECYCLE, ...lifecycle } },
      {
        ...DEPLOYMENT,
        name: "y",
        replicas: 0,
        gpusPerReplica: gpus[1] * nodes,
        nodesPerReplica: nodes,
        nodePools: ["b", "a"],
        lifecycle: LIFECYCLE,
      },
    ],
  }));

function anyPool(name: string) {
  return fc
    .record({
      minNodes: fc.nat(1),
      spareNodes: fc.integer({ min: 1, max: 4 }),
      provisionSeconds: duration(200),
      scaleDownUnneededSeconds: fc.constantFrom(0, 100),
      scaleDownDelayAfterAddSeconds: fc.constantFrom(0, 150),
      terminationSeconds: fc.constantFrom(0, 30),
      minimumBillingSeconds: fc.constantFrom(0, 60, 900),
      scanIntervalSeconds: fc.constantFrom(10, 7.3),
    })
    .map(({ spareNodes, ...pool }) => ({ ...POOL, ...pool, name, gpusPerNode: 4, maxNodes: pool.minNodes + spareNodes }));
}

type Command =
  | { readonly kind: "scale"; readonly afterSeconds: number; readonly deployment: number; readonly replicas: number }
  | { readonly kind: "restart"; readonly afterSeconds: number; readonly deployment: number; readonly position: number };

const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("scale" as const), afterSeconds: after(), deployment: fc.nat(1), replicas: fc.nat(9) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("restart" as const), afterSeconds: after(), deployment: fc.nat(1), position: fc.nat(3) }),
  },
);

function after() {
  return fc.oneof(fc.constantFrom(0, 10, 100), fc.double({ min: 0, max: 300, noNaN: true }));
}

const anyCommands = fc.array(anyCommand, { minLength: 1, maxLength: 25 });

/** Slots and ledger are checked by the rig after every event. */
function play(rig: ClusterRig, commands: readonly Command[]): ClusterRig {
  for (const command of commands) {
    const at = rig.now + command.afterSeconds;
    rig.runTo(at);
    if (command.kind === "scale") {
      rig.scale(at, command.replicas, command.deployment);
      expect(rig.cluster.scaleView(command.deployment)).toEqual({ specReplicas: command.replicas, statusReplicas: command.replicas });
    } else {
      const pod = rig.cluster.oldestReadyPod(command.deployment, command.position);
      if (pod !== undefined) rig.restart(at, pod);
    }
  }
  return rig;
}

function finish(rig: ClusterRig): ClusterRig {
  return rig.finish(rig.now + 400);
}

/** The bill as facts tell it, one interval per node, rounded as the ledger rounds. */
function billFromFacts(config: ClusterConfig, facts: readonly Fact[], endSeconds: number): bigint {
  const fromSeconds = new Map<string, number>();
  let bill = 0n;
  const bookTo = (from: number, to: number, gpus: number) => {
    bill += BigInt(gpus) * BigInt(Math.round(to * 1e6) - Math.round(from * 1e6));
  };
  for (const fact of facts) {
    if (fact.kind !== "node-stage") continue;
    const pool = config.nodePools.find(({ name }) => name === fact.pool) ?? POOL;
    if (!fromSeconds.has(fact.node)) fromSeconds.set(fact.node, fact.timeSeconds);
    if (fact.stage !== "Gone") continue;
    const from = fromSeconds.get(fact.node) ?? 0;
    bookTo(from, Math.min(endSeconds, Math.max(fact.timeSeconds, from + pool.minimumBillingSeconds)), pool.gpusPerNode);
    fromSeconds.set(fact.node, Number.NaN);
  }
  for (const from of fromSeconds.values()) if (!Number.isNaN(from)) bookTo(from, endSeconds, 4);
  return bill;
}

it("conserves GPU slots and bills every node from first to last instant, exactly as the ledger's states add up", () => {
  fc.assert(
    fc.property(anyCluster, anyCommands, (config, commands) => {
      const rig = finish(play(new ClusterRig(config).start(), commands));
      const { accounts, intervals } = rig.ledger.snapshot();
      const accounted = accounts.reduce((sum, { gpuMicroseconds }) => sum + gpuMicroseconds, 0n);
      const billed = intervals.reduce((sum, each) => sum + BigInt(each.gpus) * BigInt(each.toMicroseconds - each.fromMicroseconds), 0n);
      expect(accounted).toBe(billed);
      expect(billed).toBe(billFromFacts(config, rig.facts, rig.now));
    }),
    { numRuns: 200 },
  );
});

it("moves pods and nodes through legal stages only, and never exceeds a pool's maximum", () => {
  fc.assert(
    fc.property(anyCluster, anyCommands, (config, commands) => {
      const { facts } = finish(play(new ClusterRig(config).start(), commands));
      const stages = new Map<string, PodStage | NodeStage>();
      const nodes = new Map<string, number>();
      for (const fact of facts) {
        if (fact.kind !== "pod-stage" && fact.kind !== "node-stage") continue;
        const name = fact.kind === "pod-stage" ? `pod ${fact.pod}` : `node ${fact.node}`;
        const before = stages.get(name) ?? "none";
        const legal = fact.kind === "pod-stage" ? NEXT_POD_STAGES[before as PodStage] : NEXT_NODE_STAGES[before as NodeStage];
        expect(legal).toContain(fact.stage);
        stages.set(name, fact.stage);
        if (fact.kind === "pod-stage") continue;
        const change = before === "none" ? 1 : fact.stage === "Gone" ? -1 : 0;
        nodes.set(fact.pool, (nodes.get(fact.pool) ?? 0) + change);
        const limit = config.nodePools.find((pool) => pool.name === fact.pool)?.maxNodes ?? 0;
        expect(nodes.get(fact.pool)).toBeLessThanOrEqual(limit);
      }
    }),
    { numRuns: 200 },
  );
});

it("tells each replica's serving life once: ready, then killed, endpoints in between balanced", () => {
  fc.assert(
    fc.property(anyCluster, anyCommands, (config, commands) => {
      const { calls } = finish(play(new ClusterRig(config).start(), commands));
      const serving = new Set<string>();
      const endpoints = new Set<string>();
      for (const call of calls) {
        const [, what = "", pod = ""] = call.split(" ");
        if (what === "ready") expect(serving.has(pod)).toBe(false);
        if (what === "restart") expect(serving.has(pod)).toBe(true);
        if (what === "added") expect(endpoints.has(pod)).toBe(false);
        if (what === "removed") expect(endpoints.has(pod)).toBe(true);
        if (what === "ready") serving.add(pod);
        if (what === "restart" || what === "deleted") serving.delete(pod);
        if (what === "added") endpoints.add(pod);
        if (what === "removed") endpoints.delete(pod);
      }
    }),
    { numRuns: 200 },
  );
});

it("continues from a saved state as if it had never stopped", () => {
  fc.assert(
    fc.property(anyCluster, anyCommands, fc.nat(24), (config, commands, cut) => {
      const whole = new ClusterRig(config).start();
      play(whole, commands.slice(0, cut));
      const saved = JSON.parse(JSON.stringify(whole.save()));
      const seen = { facts: whole.facts.length, calls: whole.calls.length };
      const resumed = new ClusterRig(config).restore(saved);
      finish(play(whole, commands.slice(cut)));
      finish(play(resumed, commands.slice(cut)));
      expect(resumed.facts).toEqual(whole.facts.slice(seen.facts));
      expect(resumed.calls).toEqual(whole.calls.slice(seen.calls));
      expect(resumed.ledger.snapshot()).toEqual(whole.ledger.snapshot());
      expect(resumed.save()).toEqual(whole.save());
    }),
    { numRuns: 150 },
  );
});

it("tells the parts of every start without gaps: from the pod's creation to the endpoint, or to where it was cut short", () => {
  fc.assert(
    fc.property(anyCluster, anyCommands, (config, commands) => {
      const rig = finish(play(new ClusterRig(config).start(), commands));
      for (const fact of rig.facts) {
        if (fact.kind !== "pod-start") continue;
        const stages = rig.facts.flatMap((other) => (other.kind === "pod-stage" && other.pod === fact.pod ? [other] : []));
        const begins = fact.parts.map(([seconds]) => seconds);
        expect(begins).toEqual([...begins].sort((a, b) => a - b));
        expect(begins.at(-1)).toBeLessThanOrEqual(fact.timeSeconds);
        const readySeconds = stages.find(({ stage }) => stage === "Ready")?.timeSeconds;
        const parts = fact.parts.map(([, part]) => part);
        if (parts.includes("routable")) expect(readySeconds).toBeDefined();
        expect(parts.filter((part) => part === "routable")).toHaveLength(parts.at(-1) === "routable" ? 1 : 0);
      }
    }),
  );
});
