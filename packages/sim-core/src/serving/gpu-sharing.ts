import type { Fleet } from "./fleet.ts";

/** What a replica knows of those that share its GPU by time slicing. */
export interface GpuShare {
  /** Others on the GPU that were busy before a time: a step that begins then takes 1 + as many times as long. */
  others(nowSeconds: number): number;
  /** When a replica on the GPU last became busy or idle; −1: never. */
  readonly changedSeconds: number;
}

/** How many times as long a step takes that begins at a time. */
export function tenantsAt(share: GpuShare | undefined, nowSeconds: number): number {
  return 1 + (share?.others(nowSeconds) ?? 0);
}

export interface GpuSharingState {
  readonly gpus: readonly (readonly [
    gpu: number,
    busy: readonly number[],
    before: readonly number[],
    changedSeconds: number,
    idled: readonly (readonly [replica: number, seconds: number])[],
  ])[];
}

interface SharedGpu {
  readonly busy: Set<number>;
  /** Busy before the instant of the last change: what happens at one instant must not depend on who comes first. */
  before: ReadonlySet<number>;
  changedSeconds: number;
  /** When each replica last became idle, in that order; the last two are enough to know of others. */
  idled: readonly (readonly [replica: number, seconds: number])[];
}

/**
 * Replicas that share GPUs by time slicing. The GPU gives every busy replica turns of the same length, so that a step takes as many
 * times as long as replicas are busy when it begins; one that becomes busy or idle changes the steps that begin after.
 * A switch costs nothing, and a step that leaves the GPU idle in between gains nothing: both are left out.
 */
export class GpuSharing {
  private readonly fleet: Pick<Fleet, "get" | "reschedule">;
  /** A number for the shared GPU of a replica; −1: it shares with nobody. */
  private readonly gpuOf: (replica: number) => number;
  private readonly gpus = new Map<number, SharedGpu>();

  constructor(fleet: Pick<Fleet, "get" | "reschedule">, gpuOf: (replica: number) => number) {
    this.fleet = fleet;
    this.gpuOf = gpuOf;
  }

  /** Undefined: the replica shares with nobody. */
  shareOf(replica: number): GpuShare | undefined {
    const number = this.gpuOf(replica);
    if (number < 0) return undefined;
    const gpu = this.gpuAt(number);
    return {
      others: (nowSeconds) => {
        const busy = nowSeconds > gpu.changedSeconds ? gpu.busy : gpu.before;
        return busy.size - Number(busy.has(replica));
      },
      get changedSeconds() {
        return gpu.changedSeconds;
      },
    };
  }

  /** A replica went from idle to busy or back. Of those that share its GPU all but itself are rescheduled. */
  changed(replica: number, isBusy: boolean, nowSeconds: number): void {
    const number = this.gpuOf(replica);
    if (number < 0) return;
    const gpu = this.gpuAt(number);
    if (nowSeconds > gpu.changedSeconds) gpu.before = new Set(gpu.busy);
    gpu.changedSeconds = nowSeconds;
    if (isBusy) gpu.busy.add(replica);
    else {
      gpu.busy.delete(replica);
      gpu.idled = [...gpu.idled.filter(([each]) => each !== replica), [replica, nowSeconds] as const].slice(-2);
    }
    for (const each of gpu.busy) {
      this.fleet.get(each).gpuShareChanged?.(nowSeconds);
      if (each !== replica) this.fleet.reschedule(each);
    }
  }

  /** Whether another replica on the GPU of one has been busy since a time. */
  wasShared(replica: number, sinceSeconds: number): boolean {
    const gpu = this.gpus.get(this.gpuOf(replica));
    if (gpu === undefined) return false;
    if (gpu.busy.size > Number(gpu.busy.has(replica))) return true;
    return gpu.idled.some(([other, seconds]) => other !== replica && seconds > sinceSeconds);
  }

  private gpuAt(number: number): SharedGpu {
    const gpu = this.gpus.get(number) ?? { busy: new Set<number>(), before: new Set<number>(), changedSeconds: -1, idled: [] };
    this.gpus.set(number, gpu);
    return gpu;
  }

  save(): GpuSharingState {
    return {
      gpus: [...this.gpus].map(([number, { busy, before, changedSeconds, idled }]) => [
        number,
        [...busy],
        [...before],
        changedSeconds,
        idled,
      ]),
    };
  }

  /** To be called before replicas are added again. */
  restore({ gpus }: GpuSharingState): void {
    this.gpus.clear();
    for (const [number, busy, before, changedSeconds, idled] of gpus)
      this.gpus.set(number, { busy: new Set(busy), before: new Set(before), changedSeconds, idled });
  }
}
