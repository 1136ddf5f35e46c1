import type { CellError, CellRow } from "./cell-run.ts";
import type { Measure } from "./columns.ts";
import { cellAt, type SweepDesign } from "./design.ts";
import { valueNumbers } from "./values.ts";

/** One cell of a sweep's result, as JSON holds it: who it is, its values by field, and its figures by name. */
export interface SweepResultCell {
  readonly id: string;
  readonly point: number;
  readonly policy: string;
  readonly replication: number;
  readonly seed: string;
  readonly values: Readonly<Record<string, number | string>>;
  readonly error: CellError | null;
  readonly measures: Readonly<Record<string, Measure>>;
}

/** A column of the table form of a result. */
export interface ResultColumn {
  readonly name: string;
  readonly type: "STRING" | "INT32" | "DOUBLE" | "BOOLEAN";
  readonly of: (row: CellRow) => number | string | boolean | null;
}

/** A cell as the JSON result holds it. */
export function resultCell(design: SweepDesign, row: CellRow): SweepResultCell {
  const { id, point, policy, replication, seed, values } = cellAt(design, row.index);
  const { columns } = design.header;
  return {
    id,
    point,
    policy,
    replication,
    seed,
    values: Object.fromEntries(design.axes.map(({ name, values: axis }, i) => [name, typedValue(values[i] as string, valueNumbers(axis))])),
    error: row.error,
    measures: Object.fromEntries(columns.map(({ name }, column) => [name, row.measures[column] ?? null])),
  };
}

/** The first text of a JSON result; cells follow, with commas between them, then {@link RESULT_END}. */
export function resultBegin({ header }: SweepDesign): string {
  const { version, scenario, seed, vary, sample, policies, replications, cells } = header;
  const told = { schema: "replicast/sweep/v1", version, scenario, seed, vary, sample, policies, replications, cellCount: cells };
  return `${JSON.stringify(told).slice(0, -1)},"cells":[\n`;
}

export const RESULT_END = "\n]}\n";

/** The same as columns: values of numeric fields are numbers, those of others texts. A name that two fields would share is not made. */
export function resultColumns(design: SweepDesign): readonly ResultColumn[] {
  const { axes, header } = design;
  return [
    { name: "id", type: "STRING", of: ({ id }) => id },
    { name: "point", type: "INT32", of: ({ index }) => cellAt(design, index).point },
    { name: "policy", type: "STRING", of: ({ index }) => cellAt(design, index).policy },
    { name: "replication", type: "INT32", of: ({ index }) => index % header.replications },
    { name: "seed", type: "STRING", of: ({ index }) => cellAt(design, index).seed },
    ...axes.map(({ name, values }, axis): ResultColumn => {
      const isNumber = valueNumbers(values);
      return {
        name: `vary ${name}`,
        type: isNumber ? "DOUBLE" : "STRING",
        of: ({ index }) => typedValue(cellAt(design, index).values[axis] as string, isNumber),
      };
    }),
    { name: "error", type: "STRING", of: ({ error }) => (error === null ? null : `${error.code}: ${error.text}`) },
    ...header.columns.map(
      ({ name, type }, column): ResultColumn => ({
        name,
        type: type === "number" ? "DOUBLE" : "BOOLEAN",
        of: ({ measures }) => measures[column] ?? null,
      }),
    ),
  ];
}

function typedValue(text: string, isNumber: boolean): number | string {
  return isNumber ? Number(text) : text;
}
