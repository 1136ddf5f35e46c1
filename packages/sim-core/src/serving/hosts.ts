import { SimError } from "../errors.ts";
import type { Deployment } from "./deployment.ts";
import { type BuildReplica, Fleet, type FleetState } from "./fleet.ts";
import { GpuSharing, type GpuSharingState } from "./gpu-sharing.ts";
import type { Replica, ReplicaListener } from "./replica.ts";
import type { RequestTable } from "./request-table.ts";

interface Host {
  readonly deployment: number;
  readonly isEndpoint: boolean;
  readonly isDraining: boolean;
  readonly isServing: boolean;
}

/** Of a replica's flags; none is set of one that does not exist. */
const Flag = { Exists: 1, Endpoint: 2, Draining: 4, Serving: 8 } as const;

export interface HostsState {
  readonly fleet: FleetState;
  readonly hosts: readonly (Host | undefined)[];
  readonly sharing: GpuSharingState;
}

export interface HostsParts {
  readonly deployments: readonly Deployment[];
  readonly table: RequestTable;
  readonly build: BuildReplica;
  readonly listener: ReplicaListener;
  /** A number for the time-sliced GPU of a replica; −1: its GPUs are its own. */
  readonly gpuOf: (replica: number) => number;
  /** A replica that was told to drain has nothing left. */
  readonly drained: (replica: number, timeSeconds: number) => void;
}

/** The replicas there are, and in which state each is: serving, in its gateway's list of endpoints, draining. */
export class Hosts {
  readonly fleet: Fleet = new Fleet();
  /** By replica, in columns: they are looked at several times a request, and thousands of objects would not stay in the cache. */
  private deployments = new Int32Array(64);
  private flags = new Uint8Array(64);
  private readonly parts: HostsParts;
  private readonly endpoints: Int32Array;
  private readonly sharing: GpuSharing;

  constructor(parts: HostsParts) {
    this.parts = parts;
    this.endpoints = new Int32Array(parts.deployments.length);
    this.sharing = new GpuSharing(this.fleet, parts.gpuOf);
  }

  /** Replicas that a deployment's gateway sends attempts to. */
  endpointsOf(deployment: number): number {
    return this.endpoints[deployment] as number;
  }

  /** Deployment of a replica that exists. */
  deploymentOf(index: number): number {
    if (!this.is(index, Flag.Exists)) refuse(index);
    return this.deployments[index] as number;
  }

  /** Whether the replica exists and its container runs. */
  isServing(index: number): boolean {
    return this.is(index, Flag.Serving);
  }

  add(index: number, deployment: number, isWarm: boolean): void {
    while (this.flags.length <= index) this.grow();
    this.deployments[index] = deployment;
    this.flags[index] = Flag.Exists | Flag.Serving;
    this.fleet.add(index, deployment, this.engineFor(index, deployment, isWarm));
  }

  /** Forgets a replica; what it held must have been taken from it. */
  remove(index: number): void {
    this.fleet.remove(index);
    this.flags[index] = 0;
  }

  private engineFor(index: number, deployment: number, isWarm: boolean): Replica {
    const { config, latency, factors } = this.deploymentAt(deployment);
    return this.parts.build({
      index,
      table: this.parts.table,
      latency,
      engine: config.engine,
      listener: this.parts.listener,
      warmUpFactors: factors,
      admittedBefore: isWarm ? factors.length : 0,
      gpuShare: this.sharing.shareOf(index),
    });
  }

  /** Whether the deployment's gateway has somewhere to send an attempt to. */
  hasEndpoints(deployment: number): boolean {
    return (this.endpoints[deployment] ?? 0) > 0;
  }

  open(index: number): void {
    const deployment = this.deploymentOf(index);
    if (!this.is(index, Flag.Endpoint)) increase(this.endpoints, deployment, 1);
    this.put(index, Flag.Endpoint, true);
    this.deploymentAt(deployment).gateway.open(index, this.fleet.get(index).inFlight);
  }

  close(index: number): void {
    if (!this.is(index, Flag.Exists)) return;
    const deployment = this.deploymentOf(index);
    if (this.is(index, Flag.Endpoint)) increase(this.endpoints, deployment, -1);
    this.put(index, Flag.Endpoint, false);
    this.deploymentAt(deployment).gateway.close(index);
  }

  drain(index: number, nowSeconds: number): void {
    this.put(index, Flag.Draining, true);
    this.checkDrained(index, nowSeconds);
  }

  /** What it still holds will be cut off: nobody waits for it any more. */
  stopDraining(index: number): void {
    this.put(index, Flag.Draining, false);
  }

  suspend(index: number): void {
    this.put(index, Flag.Serving, false);
  }

  /** A new process, cold, whose counters start from zero. */
  resume(index: number): void {
    const deployment = this.deploymentOf(index);
    this.put(index, Flag.Serving, true);
    this.fleet.remove(index);
    this.fleet.add(index, deployment, this.engineFor(index, deployment, false));
  }

  /** To be called after anything that may have changed what a replica holds or does next. */
  changed(index: number, replica: Replica): void {
    const flags = this.flags[index] as number;
    if ((flags & Flag.Exists) === 0) return;
    if ((flags & Flag.Endpoint) !== 0) this.deploymentAt(this.deployments[index] as number).gateway.update(index, replica.inFlight);
    this.fleet.reschedule(index);
  }

  /** An attempt has left the replica within its own event, after which it is rescheduled anyway. */
  released(index: number): void {
    if (!this.is(index, Flag.Endpoint)) return;
    this.deploymentAt(this.deployments[index] as number).gateway.update(index, this.fleet.get(index).inFlight);
  }

  /** A replica went from idle to busy or back: others on its GPU become slower or faster. */
  busy(index: number, isBusy: boolean, nowSeconds: number): void {
    this.sharing.changed(index, isBusy, nowSeconds);
  }

  /** Whether others have computed on a replica's GPU since a time. */
  wasGpuShared(index: number, sinceSeconds: number): boolean {
    return this.sharing.wasShared(index, sinceSeconds);
  }

  checkDrained(index: number, nowSeconds: number): void {
    if (!this.is(index, Flag.Draining)) return;
    const { inFlight, held } = this.fleet.get(index);
    if (inFlight + held > 0) return;
    this.put(index, Flag.Draining, false);
    this.parts.drained(index, nowSeconds);
  }

  private deploymentAt(deployment: number): Deployment {
    return this.parts.deployments[deployment] as Deployment;
  }

  private is(index: number, flag: number): boolean {
    return index < this.flags.length && ((this.flags[index] as number) & flag) !== 0;
  }

  /** @throws SimError `unknown_replica` */
  private put(index: number, flag: number, isSet: boolean): void {
    if (!this.is(index, Flag.Exists)) refuse(index);
    const others = (this.flags[index] as number) & ~flag;
    this.flags[index] = isSet ? others | flag : others;
  }

  private grow(): void {
    const { deployments, flags } = this;
    this.deployments = new Int32Array(2 * flags.length);
    this.flags = new Uint8Array(2 * flags.length);
    this.deployments.set(deployments);
    this.flags.set(flags);
  }

  private hostOf(index: number): Host | undefined {
    if (!this.is(index, Flag.Exists)) return undefined;
    return {
      deployment: this.deploymentOf(index),
      isEndpoint: this.is(index, Flag.Endpoint),
      isDraining: this.is(index, Flag.Draining),
      isServing: this.is(index, Flag.Serving),
    };
  }

  save(): HostsState {
    const last = this.flags.findLastIndex((flags) => flags !== 0);
    const hosts = Array.from({ length: last + 1 }, (_, index) => this.hostOf(index));
    return { fleet: this.fleet.save(), hosts, sharing: this.sharing.save() };
  }

  restore(state: HostsState): void {
    this.fleet.restoreCounts(state.fleet);
    this.sharing.restore(state.sharing);
    for (const [index, engine] of state.fleet.replicas) {
      const { deployment, isEndpoint, isDraining, isServing } = state.hosts[index] as Host;
      this.add(index, deployment, true);
      this.put(index, Flag.Draining, isDraining);
      this.put(index, Flag.Serving, isServing);
      this.fleet.get(index).restore(engine);
      this.fleet.reschedule(index);
      if (isEndpoint) this.open(index);
    }
  }
}

function refuse(index: number): never {
  throw new SimError("unknown_replica", Number.NaN, { index });
}

function increase(counts: Int32Array, index: number, by: number): void {
  counts[index] = (counts[index] as number) + by;
}
