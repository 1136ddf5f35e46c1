import type { DecisionRecord, Json } from "@replicast/sim-core";
import { formatLimitSeconds, formatSeconds } from "../format.ts";

/** A part of a decision's evidence: policies write it, so nothing about its keys is certain. */
export type Fields = { readonly [key: string]: Json };

/** The decision that is explained, and what is known around it. */
export interface Told {
  readonly decision: DecisionRecord;
  /** The query or name behind a metric that a policy asked for under this name; undefined where the result does not say. */
  readonly sourceOf: (metric: string) => string | undefined;
}

/** A duration that somebody wrote, without the digits of a measurement. */
export function writtenSeconds(seconds: number | undefined): string {
  return seconds !== undefined && seconds < 100 ? formatLimitSeconds(seconds) : formatSeconds(seconds ?? null);
}

export function numberIn(fields: Fields, key: string): number | undefined {
  const value = fields[key];
  return typeof value === "number" ? value : undefined;
}

export function textIn(fields: Fields, key: string): string | undefined {
  const value = fields[key];
  return typeof value === "string" ? value : undefined;
}

export function fieldsIn(fields: Fields, key: string): Fields | undefined {
  const value = fields[key];
  return isFields(value) ? value : undefined;
}

/** The objects of a list; empty when there is no list. */
export function listIn(fields: Fields, key: string): readonly Fields[] {
  const value = fields[key];
  return Array.isArray(value) ? value.filter(isFields) : [];
}

function isFields(value: Json | undefined): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
