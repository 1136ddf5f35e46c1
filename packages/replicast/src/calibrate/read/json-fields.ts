import { InputError, type Issue } from "@replicast/sim-core";

/** An object of a JSON file that nobody has checked. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A list of numbers, or undefined. */
export function numbersOf(value: unknown): readonly number[] | undefined {
  return Array.isArray(value) && value.every((entry) => typeof entry === "number" && Number.isFinite(entry)) ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** Ends reading a file with one issue. */
export function refuseFile(file: string, code: string, data: NonNullable<Issue["data"]>): never {
  throw new InputError([{ code, path: [], file, data }]);
}
