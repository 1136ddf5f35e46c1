import { canonicalJson, fnv1a64, InputError } from "@replicast/sim-core";
import type { LoadedScenario } from "../load.ts";
import { findPolicies } from "../run.ts";
import { replicationSeed } from "../statistics/replication.ts";
import { parseAxes } from "./axis.ts";
import { sweepColumns } from "./columns.ts";
import { type BoundAxis, bindAxes } from "./manifest-axes.ts";
import { createPoints, type Points, parseSample } from "./points.ts";

/** What a sweep is asked to do. */
export interface SweepRequest {
  /** `PATH=VALUES` or `FILE#PATH=VALUES`. */
  readonly vary: readonly string[];
  /** `sobol:N` or `latin:N`; absent: all combinations. */
  readonly sample?: string;
  /** Runs of each policy at each point, with different seeds; at least 1. */
  readonly replications: number;
  /** Names of policies; absent: all. */
  readonly policies?: readonly string[];
  /** Everything that results depend on beyond the scenario: content of traces, limits. */
  readonly surroundings: string;
}

/** A sweep as plain data: what threads and folders are given. */
export interface SweepHeader {
  readonly schema: "replicast/sweep-header/v1";
  /** Differs when any cell could have another result. */
  readonly key: string;
  readonly version: string;
  readonly scenario: { readonly name: string; readonly hash: string };
  readonly seed: string;
  readonly vary: readonly string[];
  /** File of each varied field; null: the scenario itself. */
  readonly files: readonly (string | null)[];
  readonly sample: string | null;
  /** In the scenario's order. */
  readonly policies: readonly string[];
  readonly replications: number;
  readonly columns: readonly { readonly name: string; readonly type: "number" | "boolean" }[];
  readonly cells: number;
}

/** A sweep with its axes and points; cells are computed when they are asked for. */
export interface SweepDesign {
  readonly header: SweepHeader;
  readonly axes: readonly BoundAxis[];
  readonly points: Points;
}

/** One run of a sweep. */
export interface SweepCell {
  /** Place in the sweep: points first, then policies, then replications. */
  readonly index: number;
  /** Hash of scenario, version, values, policy and replication. */
  readonly id: string;
  readonly point: number;
  /** One an axis. */
  readonly values: readonly string[];
  readonly policy: string;
  readonly replication: number;
  readonly seed: string;
}

/** Most cells of one sweep. */
export const SWEEP_CELLS_MAX = 10_000_000;

/**
 * Lays a sweep out.
 *
 * @param loaded the scenario without any of the values
 * @param scenarioText of its file
 * @throws InputError `bad_vary`, `vary_twice`, `vary_needs_sample`, `vary_unknown_file`, `vary_several_files`, `bad_sample`,
 * `unknown_policy`, `sweep_too_large`
 */
export function designSweep({ plan }: LoadedScenario, scenarioText: string, version: string, request: SweepRequest): SweepDesign {
  const { vary, sample = null, replications } = request;
  const axes = bindAxes(parseAxes(vary), scenarioText);
  const points = createPoints(axes, sample === null ? undefined : parseSample(sample), plan.seed);
  const policies = (request.policies === undefined ? plan.policies : findPolicies(plan, request.policies)).map(({ name }) => name);
  const cells = points.count * policies.length * replications;
  if (cells > SWEEP_CELLS_MAX)
    throw new InputError([{ code: "sweep_too_large", path: [], data: { actual: cells, maximum: SWEEP_CELLS_MAX } }]);
  const header: SweepHeader = {
    schema: "replicast/sweep-header/v1",
    key: fnv1a64(canonicalJson({ plan: plan.hash, version, surroundings: request.surroundings, vary, sample, replications, policies })),
    version,
    scenario: { name: plan.name, hash: plan.hash },
    seed: plan.seed,
    vary,
    files: axes.map(({ file }) => file ?? null),
    sample,
    policies,
    replications,
    columns: sweepColumns(plan).map(({ name, type }) => ({ name, type })),
    cells,
  };
  return { header, axes, points };
}

/** The sweep that a header describes. */
export function designOf(header: SweepHeader): SweepDesign {
  const axes = parseAxes(header.vary).map((axis, index): BoundAxis => {
    const file = header.files[index];
    return typeof file === "string" ? { ...axis, file } : axis;
  });
  return { header, axes, points: createPoints(axes, header.sample === null ? undefined : parseSample(header.sample), header.seed) };
}

/** The `index`-th cell. */
export function cellAt({ header, axes, points }: SweepDesign, index: number): SweepCell {
  const { policies, replications, version } = header;
  const replication = index % replications;
  const perPoint = policies.length * replications;
  const point = Math.floor(index / perPoint);
  const policy = policies[Math.floor((index % perPoint) / replications)] as string; // the quotient is below their number
  const values = points.valuesAt(point);
  const overrides = axes.map(({ name }, axis) => [name, values[axis] ?? ""]);
  const id = fnv1a64(canonicalJson({ scenario: header.scenario.hash, sweep: header.key, version, overrides, policy, replication }));
  return { index, id, point, values, policy, replication, seed: replicationSeed(header.seed, replication) };
}
