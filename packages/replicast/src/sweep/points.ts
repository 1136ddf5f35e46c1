import { createStreams, InputError } from "@replicast/sim-core";
import type { Axis } from "./axis.ts";
import { SOBOL_DIMENSIONS_MAX, shareOf, sobolBits, sobolDirections } from "./sobol.ts";
import { valueAt } from "./values.ts";

/** How many points are drawn, and how: low-discrepancy, or one in each of as many equal parts of every axis. */
export interface Sample {
  readonly kind: "sobol" | "latin";
  readonly points: number;
}

/** The points of a sweep; each is computed when it is asked for. */
export interface Points {
  readonly count: number;
  /** One value an axis, as text. */
  readonly valuesAt: (index: number) => readonly string[];
}

const SAMPLE_POINTS_MAX = 1_000_000;
const TWO_TO_32 = 0x1_0000_0000;

/**
 * Reads what `--sample` says.
 * @throws InputError `bad_sample`
 */
export function parseSample(text: string): Sample {
  const [, kind, count] = /^(sobol|latin):(\d+)$/.exec(text) ?? [];
  const points = Number(count);
  if (kind === undefined) throw badSample(text, "it is sobol or latin, a colon and how many points");
  if (!(points >= 1 && points <= SAMPLE_POINTS_MAX)) throw badSample(text, `1 to ${SAMPLE_POINTS_MAX} points can be drawn`);
  return { kind: kind as Sample["kind"], points };
}

/**
 * All combinations of the axes' values, the last axis fastest; or a sample of them.
 *
 * @param seed of the sample; the same seed draws the same points
 * @throws InputError `vary_needs_sample`, `bad_sample`
 */
export function createPoints(axes: readonly Axis[], sample: Sample | undefined, seed: string): Points {
  if (sample === undefined) return gridOf(axes);
  return sample.kind === "sobol" ? sobolOf(axes, sample.points, seed) : latinOf(axes, sample.points, seed);
}

function gridOf(axes: readonly Axis[]): Points {
  const open = axes.filter(({ values }) => values.kind === "range");
  if (open.length > 0) throw new InputError(open.map(({ name }) => ({ code: "vary_needs_sample", path: [], data: { actual: name } })));
  const lists = axes.map(({ values }) => (values.kind === "list" ? values.texts : []));
  return {
    count: lists.reduce((product, list) => product * list.length, 1),
    valuesAt(index) {
      const values: string[] = new Array(lists.length);
      let left = index;
      for (let axis = lists.length - 1; axis >= 0; axis--) {
        const list = lists[axis] as readonly string[];
        values[axis] = list[left % list.length] as string;
        left = Math.floor(left / list.length);
      }
      return values;
    },
  };
}

/** The sequence is shifted by random bits, which keeps its evenness and moves its first point away from the corner. */
function sobolOf(axes: readonly Axis[], count: number, seed: string): Points {
  if (axes.length > SOBOL_DIMENSIONS_MAX)
    throw badSample(
      `sobol:${count}`,
      `${axes.length} fields are varied, and it can vary ${SOBOL_DIMENSIONS_MAX}; latin can vary any number`,
    );
  const streams = createStreams(seed);
  const dimensions = axes.map(({ name }, axis) => ({
    directions: sobolDirections(axis),
    shift: Math.floor(streams.get(`sweep/sobol/${name}`).uniform() * TWO_TO_32),
  }));
  return {
    count,
    valuesAt: (index) =>
      axes.map(({ values }, axis) => {
        const { directions, shift } = dimensions[axis] as (typeof dimensions)[number]; // made from the same axes
        return valueAt(values, shareOf((sobolBits(index, directions) ^ shift) >>> 0));
      }),
  };
}

function latinOf(axes: readonly Axis[], count: number, seed: string): Points {
  const streams = createStreams(seed);
  const shares = axes.map(({ name }) => {
    const stream = streams.get(`sweep/latin/${name}`);
    const order = Array.from({ length: count }, (_, part) => part);
    for (let last = count - 1; last > 0; last--) {
      const other = Math.floor(stream.uniform() * (last + 1));
      [order[last], order[other]] = [order[other] as number, order[last] as number];
    }
    return Float64Array.from(order, (part) => (part + stream.uniform()) / count);
  });
  return {
    count,
    valuesAt: (index) => axes.map(({ values }, axis) => valueAt(values, Math.min(shares[axis]?.[index] ?? 0, 1 - Number.EPSILON))),
  };
}

function badSample(actual: string, reason: string): InputError {
  return new InputError([{ code: "bad_sample", path: [], data: { actual, reason } }]);
}
