import { SimError } from "../errors.ts";
import type { Deployment } from "./deployment.ts";
import { type BuildReplica, Fleet, type FleetState } from "./fleet.ts";
import { GpuSharing, type GpuSharingState } from "./gpu-sharing.ts";
import type { Replica, ReplicaListener } from "./replica.ts";
import type { RequestTable } from "./request-table.ts";

interface Host {
  readonly deployment: number;
  isEndpoint: boolean;
  isDraining: boolean;
  isServing: boolean;
}

export interface HostsState {
  readonly fleet: FleetState;
  readonly hosts: readonly (Readonly<Host> | undefined)[];
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
  private readonly hosts: (Host | undefined)[] = [];
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
    return this.host(index).deployment;
  }

  /** Whether the replica exists and its container runs. */
  isServing(index: number): boolean {
    return this.hosts[index]?.isServing === true;
  }

  add(index: number, deployment: number, isWarm: boolean): void {
    while (this.hosts.length <= index) this.hosts.push(undefined);
    this.hosts[index] = { deployment, isEndpoint: false, isDraining: false, isServing: true };
    this.fleet.add(index, deployment, this.engineFor(index, deployment, isWarm));
  }

  /** Forgets a replica; what it held must have been taken from it. */
  remove(index: number): void {
    this.fleet.remove(index);
    this.hosts[index] = undefined;
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
    const host = this.host(index);
    if (!host.isEndpoint) increase(this.endpoints, host.deployment, 1);
    host.isEndpoint = true;
    this.deploymentAt(host.deployment).gateway.open(index, this.fleet.get(index).inFlight);
  }

  close(index: number): void {
    const host = this.hosts[index];
    if (host === undefined) return;
    if (host.isEndpoint) increase(this.endpoints, host.deployment, -1);
    host.isEndpoint = false;
    this.deploymentAt(host.deployment).gateway.close(index);
  }

  drain(index: number, nowSeconds: number): void {
    this.host(index).isDraining = true;
    this.checkDrained(index, nowSeconds);
  }

  /** What it still holds will be cut off: nobody waits for it any more. */
  stopDraining(index: number): void {
    this.host(index).isDraining = false;
  }

  suspend(index: number): void {
    this.host(index).isServing = false;
  }

  /** A new process, cold, whose counters start from zero. */
  resume(index: number): void {
    const host = this.host(index);
    host.isServing = true;
    this.fleet.remove(index);
    this.fleet.add(index, host.deployment, this.engineFor(index, host.deployment, false));
  }

  /** To be called after anything that may have changed what a replica holds or does next. */
  changed(index: number, replica: Replica): void {
    const host = this.hosts[index];
    if (host === undefined) return;
    if (host.isEndpoint) this.deploymentAt(host.deployment).gateway.update(index, replica.inFlight);
    this.fleet.reschedule(index);
  }

  /** An attempt has left the replica within its own event, after which it is rescheduled anyway. */
  released(index: number): void {
    const host = this.hosts[index] as Host;
    if (host.isEndpoint) this.deploymentAt(host.deployment).gateway.update(index, this.fleet.get(index).inFlight);
  }

  /** A replica went from idle to busy or back: others on its GPU become slower or faster. */
  busy(index: number, isBusy: boolean, nowSeconds: number): void {
    this.sharing.changed(index, isBusy, nowSeconds);
  }

  checkDrained(index: number, nowSeconds: number): void {
    const host = this.hosts[index];
    if (host?.isDraining !== true) return;
    const { inFlight, held } = this.fleet.get(index);
    if (inFlight + held > 0) return;
    host.isDraining = false;
    this.parts.drained(index, nowSeconds);
  }

  private deploymentAt(deployment: number): Deployment {
    return this.parts.deployments[deployment] as Deployment;
  }

  private host(index: number): Host {
    const host = this.hosts[index];
    if (host === undefined) throw new SimError("unknown_replica", Number.NaN, { index });
    return host;
  }

  save(): HostsState {
    return { fleet: this.fleet.save(), hosts: this.hosts.map((host) => host && { ...host }), sharing: this.sharing.save() };
  }

  restore(state: HostsState): void {
    this.fleet.restoreCounts(state.fleet);
    this.sharing.restore(state.sharing);
    for (const [index, engine] of state.fleet.replicas) {
      const host = state.hosts[index] as Host;
      this.add(index, host.deployment, true);
      this.hosts[index] = { ...host, isEndpoint: false };
      this.fleet.get(index).restore(engine);
      this.fleet.reschedule(index);
      if (host.isEndpoint) this.open(index);
    }
  }
}

function increase(counts: Int32Array, index: number, by: number): void {
  counts[index] = (counts[index] as number) + by;
}
