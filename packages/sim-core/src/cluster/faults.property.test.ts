import fc from "fast-check";
import { expect, it } from "vitest";
import { ClusterRig, DEPLOYMENT, LIFECYCLE, POOL } from "../../test/cluster-rig.ts";
import type { Fact, NodeStage, PodStage } from "../domain/facts.ts";
import type { ClusterConfig, NodePoolConfig, PodLifecycleConfig } from "./config.ts";

/** With faults, whatever lives may end at any time; what was gone stays gone. */
const NEXT_POD_STAGES: Readonly<Record<PodStage | "none", readonly PodStage[]>> = {
  none: ["Unschedulable", "Scheduled", "Ready"],
  Unschedulable: ["Scheduled", "Gone"],
  Scheduled: ["Pulling", "Gone"],
  Pulling: ["Loading", "Gone"],
  Loading: ["WarmingUp", "Loading", "Gone"],
  WarmingUp: ["Ready", "Loading", "Gone"],
  Ready: ["Interrupted", "Draining", "Gone"],
  Interrupted: ["Ready", "Gone"],
  Draining: ["Gone"],
  Gone: [],
};

const NEXT_NODE_STAGES: Readonly<Record<NodeStage | "none", readonly NodeStage[]>> = {
  none: ["Requested", "Allocatable"],
  Requested: ["Provisioning", "Gone"],
  Provisioning: ["Joined", "Draining", "Gone"],
  Joined: ["Allocatable", "Draining"],
  Allocatable: ["Draining"],
  Draining: ["Gone"],
  Gone: [],
};

const anyAmount = fc.oneof(fc.record({ pods: fc.nat(3) }), fc.record({ share: fc.constantFrom(0, 0.25, 0.5, 1) }));

const anyLifecycle = fc.record({
  preStopSeconds: fc.constantFrom(0, 5),
  endpointDelaySeconds: fc.constantFrom(0, 2, 90),
  onTerminate: fc.constantFrom("drain" as const, "abort" as const),
  terminationGraceSeconds: fc.constantFrom(10, 60),
  readinessPeriodSeconds: fc.constantFrom(0, 10),
  startDeadlineSeconds: fc.constantFrom(15, 40, 1e6),
});

const shared = { name: "store", bytesPerSecond: 7 };
const image = { bytes: 100, bytesPerSecond: 5, unpackBytesPerSecond: 50, shared };
const download = { source: "objectStore", bytes: 90, bytesPerSecond: 4, nodeCopyBytesPerSecond: 30, shared } as const;

/** Starts of drawn lengths, or as bytes that share their way. */
const anyStartUp: fc.Arbitrary<Partial<PodLifecycleConfig>> = fc.constantFrom(
  {},
  { image },
  { image, weights: download },
  { weights: { source: "streaming", bytes: 90, bytesPerSecond: 6, shared } as const },
);

/** Who else takes nodes away, and what else is kept of them. */
const anyMarket: fc.Arbitrary<Partial<NodePoolConfig>> = fc.constantFrom(
  {},
  { scaleDownUtilization: 0.6, scaleDownUnneededSeconds: 20, scaleDownDelayAfterAddSeconds: 0 },
  { maxProvisionSeconds: 50 },
  { headroom: { pods: 2, gpus: 1 } },
  { scheduled: [{ nodes: 1, windows: [[30, 200] as const] }] },
  { scheduled: [{ nodes: 1, windows: [[30, 200] as const], graceSeconds: 40, drainTimeoutSeconds: 25 }] },
  {
    karpenter: {
      batchIdleSeconds: 1,
      batchMaxSeconds: 10,
      consolidationPolicy: "WhenEmptyOrUnderutilized" as const,
      consolidateAfterSeconds: 20,
      expireAfterSeconds: Number.POSITIVE_INFINITY,
      budgets: [{ nodes: 1 }, { nodes: 0, windows: [[100, 200] as const], reasons: ["Drifted" as const] }],
      terminationGraceSeconds: 70,
      nodePool: "both",
    },
  },
  {
    karpenter: {
      batchIdleSeconds: 1,
      batchMaxSeconds: 10,
      consolidationPolicy: "WhenEmptyOrUnderutilized" as const,
      consolidateAfterSeconds: 0,
      expireAfterSeconds: 150,
      budgets: [{ share: 1 }],
    },
  },
);

/** Two pools in two zones; a deployment that may use both, and one whose replicas need two nodes each. */
const anyCluster: fc.Arbitrary<ClusterConfig> = fc
  .record({
    lifecycle: anyLifecycle,
    startUp: anyStartUp,
    market: anyMarket,
    shutdownTimeoutSeconds: fc.option(fc.constantFrom(0, 7), { nil: undefined }),
    minReadySeconds: fc.constantFrom(0, 15),
    budget: fc.oneof(fc.constant(undefined), fc.record({ minAvailable: anyAmount }), fc.record({ maxUnavailable: anyAmount })),
    minNodes: fc.nat(2),
    slotsPerGpu: fc.constantFrom(1, 2),
    terminationSeconds: fc.constantFrom(0, 30),
    minimumBillingSeconds: fc.constantFrom(0, 120, 900),
  })
  .map(({ lifecycle, startUp, market, shutdownTimeoutSeconds, budget, minNodes, minReadySeconds, slotsPerGpu, ...own }) => {
    const timeout = shutdownTimeoutSeconds === undefined ? {} : { shutdownTimeoutSeconds };
    const cycle = { ...LIFECYCLE, ...lifecycle, ...startUp, ...timeout };
    const pool = { ...own, ...market };
    const disruptionBudget = budget === undefined ? {} : { disruptionBudget: budget };
    return {
      nodePools: [
        { ...POOL, ...pool, name: "a", zone: "east", gpusPerNode: 2, slotsPerGpu, minNodes, maxNodes: minNodes + 2 },
        { ...POOL, ...pool, name: "b", zone: "west", gpusPerNode: 4, minNodes: 0, maxNodes: 4 },
      ],
      deployments: [
        {
          ...DEPLOYMENT,
          name: "x",
          replicas: 2,
          gpusPerReplica: 1,
          nodePools: ["a", "b"],
          lifecycle: cycle,
          minReadySeconds,
          ...disruptionBudget,
        },
        { ...DEPLOYMENT, name: "y", replicas: 0, gpusPerReplica: 4, nodesPerReplica: 2, nodePools: ["b"], lifecycle: cycle },
      ],
    };
  });

const anyCommand = fc.record({
  afterSeconds: fc.oneof(fc.constantFrom(0, 10, 60), fc.double({ min: 0, max: 200, noNaN: true })),
  kind: fc.constantFrom(
    ...([
      "scale",
      "scale",
      "scale",
      "restart",
      "crash",
      "lose",
      "reclaim",
      "drain",
      "zone",
      "zoneEnd",
      "stockOut",
      "update",
      "update",
      "recreate",
      "template",
      "template",
    ] as const),
  ),
  which: fc.nat(7),
  amount: fc.nat(6),
  seconds: fc.constantFrom(0, 20, 50, 120),
  limits: fc.record({ maxSurge: anyAmount, maxUnavailable: anyAmount }),
});
type Command = typeof anyCommand extends fc.Arbitrary<infer T> ? T : never;
const anyCommands = fc.array(anyCommand, { minLength: 1, maxLength: 25 });

function play(rig: ClusterRig, commands: readonly Command[]): ClusterRig {
  const outages: string[] = [];
  for (const command of commands) {
    rig.runTo(rig.now + command.afterSeconds);
    if (command.kind !== "zoneEnd") strike(rig, command);
    else if (outages.length > 0) rig.cluster.endZoneOutage(rig.now, outages.pop() ?? "");
    if (command.kind === "zone") outages.push(zoneOf(command));
    rig.cluster.checkLaws();
  }
  return rig;
}

const zoneOf = ({ which }: Command): string => (which % 2 === 0 ? "east" : "west");

function strike({ cluster, now }: ClusterRig, command: Command): void {
  const { kind, which, amount, seconds, limits } = command;
  const deployment = which % 2;
  const ready = cluster.readyPods(deployment);
  const pod = ready[which % Math.max(1, ready.length)];
  const nodes = cluster.allocatableNodes(deployment);
  const node = nodes[which % Math.max(1, nodes.length)];
  if (kind === "scale") cluster.setReplicas(now, deployment, amount);
  if (kind === "restart" && pod !== undefined) cluster.restartContainer(now, pod);
  if (kind === "crash" && pod !== undefined) cluster.crashPod(now, pod);
  if (kind === "lose" && node !== undefined) cluster.loseNode(now, node, seconds);
  if (kind === "reclaim" && node !== undefined) cluster.reclaimNode(now, node, seconds);
  if (kind === "drain" && node !== undefined) cluster.drainNode(now, node);
  if (kind === "zone") cluster.beginZoneOutage(now, zoneOf(command), seconds);
  if (kind === "stockOut") cluster.setStock(now, deployment, true);
  if (kind === "template") cluster.changeNodePool(now, which % 2 === 0 ? "both" : "a");
  if (kind === "recreate")
    cluster.beginUpdate(now, deployment, { ...limits, atSeconds: now, deployment: "", isNewImage: false, isRecreate: true });
  if (kind === "update") cluster.beginUpdate(now, deployment, { ...limits, atSeconds: now, deployment: "", isNewImage: amount > 3 });
}

/** The bill as facts tell it, one interval per node, rounded as the ledger rounds. */
function billFromFacts(config: ClusterConfig, facts: readonly Fact[], endSeconds: number): bigint {
  const open = new Map<string, readonly [seconds: number, pool: string]>();
  let bill = 0n;
  const book = (from: number, to: number, name: string) => {
    const gpus = config.nodePools.find((pool) => pool.name === name)?.gpusPerNode ?? 0;
    bill += BigInt(gpus) * BigInt(Math.round(to * 1e6) - Math.round(from * 1e6));
  };
  for (const fact of facts) {
    if (fact.kind !== "node-stage") continue;
    if (fact.stage === "Requested") continue; // billed once the cloud has accepted, if it does
    if (fact.stage === "Gone" && !open.has(fact.node)) continue;
    const [from] = open.get(fact.node) ?? [fact.timeSeconds];
    open.set(fact.node, [from, fact.pool]);
    if (fact.stage !== "Gone") continue;
    const least = config.nodePools.find(({ name }) => name === fact.pool)?.minimumBillingSeconds ?? 0;
    book(from, Math.min(endSeconds, Math.max(fact.timeSeconds, from + least)), fact.pool);
    open.delete(fact.node);
  }
  for (const [from, pool] of open.values()) book(from, endSeconds, pool);
  return bill;
}

it("accounts for every GPU-second of every node, whatever fails: slots conserve and the ledger is the bill", () => {
  fc.assert(
    fc.property(anyCluster, anyCommands, (config, commands) => {
      const rig = play(new ClusterRig(config).start(), commands);
      rig.finish(rig.now + 400);
      const { accounts, intervals } = rig.ledger.snapshot();
      const accounted = accounts.reduce((sum, { gpuMicroseconds }) => sum + gpuMicroseconds, 0n);
      const billed = intervals.reduce((sum, each) => sum + BigInt(each.gpus) * BigInt(each.toMicroseconds - each.fromMicroseconds), 0n);
      expect(accounted).toBe(billed);
      expect(billed).toBe(billFromFacts(config, rig.facts, rig.now));
    }),
    { numRuns: 300 },
  );
});

it("leads pods and nodes through legal stages only, and never beyond a pool's maximum", () => {
  fc.assert(
    fc.property(anyCluster, anyCommands, (config, commands) => {
      const rig = play(new ClusterRig(config).start(), commands);
      const { facts } = rig.finish(rig.now + 400);
      const stages = new Map<string, PodStage | NodeStage>();
      const held = new Map<string, number>();
      for (const fact of facts) {
        if (fact.kind !== "pod-stage" && fact.kind !== "node-stage") continue;
        const name = fact.kind === "pod-stage" ? `pod ${fact.pod}` : `node ${fact.node}`;
        const before = stages.get(name) ?? "none";
        const legal = fact.kind === "pod-stage" ? NEXT_POD_STAGES[before as PodStage] : NEXT_NODE_STAGES[before as NodeStage];
        expect(legal).toContain(fact.stage);
        stages.set(name, fact.stage);
        if (fact.kind === "pod-stage") continue;
        const change = before === "none" ? 1 : fact.stage === "Gone" ? -1 : 0;
        held.set(fact.pool, (held.get(fact.pool) ?? 0) + change);
        expect(held.get(fact.pool)).toBeLessThanOrEqual(config.nodePools.find(({ name: pool }) => pool === fact.pool)?.maxNodes ?? 0);
      }
    }),
    { numRuns: 200 },
  );
});

it("opens a replica to work only between Ready and the end of its containers, and closes each door it opens", () => {
  fc.assert(
    fc.property(anyCluster, anyCommands, (config, commands) => {
      const rig = play(new ClusterRig(config).start(), commands);
      const { calls } = rig.finish(rig.now + 400);
      const serving = new Set<string>();
      const known = new Set<string>();
      const endpoints = new Set<string>();
      const deletedSeconds = new Map<string, number>();
      for (const call of calls) {
        const [at, what = "", pod = ""] = call.split(" ");
        if (what === "ready") expect(serving.has(pod)).toBe(false);
        if (what === "restart" || what === "drain" || what === "abort") expect(serving.has(pod)).toBe(true);
        if (what === "deleted") expect(known.has(pod)).toBe(true);
        if (what === "added") expect(serving.has(pod) && !endpoints.has(pod)).toBe(true);
        if (what === "removed") expect(endpoints.has(pod)).toBe(true);
        if (what === "ready") serving.add(pod);
        if (what === "ready") known.add(pod);
        if (what === "restart" || what === "deleted") serving.delete(pod);
        if (what === "deleted") known.delete(pod);
        if (what === "deleted") deletedSeconds.set(pod, Number(at));
        if (what === "added") endpoints.add(pod);
        if (what === "removed") endpoints.delete(pod);
      }
      // every withdrawal has got round, but those of the last moments
      const delays = config.deployments.map(({ lifecycle }) => lifecycle.endpointDelaySeconds);
      for (const pod of endpoints)
        expect(known.has(pod) || (deletedSeconds.get(pod) ?? 0) > rig.now - Math.max(...delays) - 1e-3).toBe(true);
    }),
    { numRuns: 200 },
  );
});

it("has as many pods as are asked for, and during an update at most its surge more", () => {
  fc.assert(
    fc.property(anyCluster, anyCommands, (config, commands) => {
      const rig = play(new ClusterRig(config).start(), commands);
      rig.runTo(rig.now + 400);
      for (const deployment of [0, 1]) {
        const { specReplicas, statusReplicas } = rig.cluster.scaleView(deployment);
        const surge = commands.some(({ kind }) => kind === "update" || kind === "recreate") ? Math.max(3, specReplicas) : 0;
        expect(statusReplicas).toBeGreaterThanOrEqual(surge === 0 ? specReplicas : 0);
        expect(statusReplicas).toBeLessThanOrEqual(specReplicas + surge);
      }
    }),
    { numRuns: 150 },
  );
});

it("continues from a saved state in the middle of any fault as if it had never stopped", () => {
  fc.assert(
    fc.property(anyCluster, anyCommands, fc.nat(24), (config, commands, cut) => {
      const whole = play(new ClusterRig(config).start(), commands.slice(0, cut));
      const saved = JSON.parse(JSON.stringify(whole.save()));
      const seen = { facts: whole.facts.length, calls: whole.calls.length };
      const resumed = new ClusterRig(config).restore(saved);
      play(whole, commands.slice(cut)).finish(whole.now + 400);
      play(resumed, commands.slice(cut)).finish(resumed.now + 400);
      expect(resumed.facts).toEqual(whole.facts.slice(seen.facts));
      expect(resumed.calls).toEqual(whole.calls.slice(seen.calls));
      expect(resumed.save()).toEqual(whole.save());
    }),
    { numRuns: 150 },
  );
});
