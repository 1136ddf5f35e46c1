import type { Issue, IssuePath } from "@replicast/sim-core";
import { z } from "zod";
import type { Report } from "../manifest/shape.ts";
import { nearest, parseEntry } from "../parse.ts";
import { selectsLabels } from "./label-selector.ts";
import { TARGET_KEYS } from "./scaler-types.ts";
import type { KedaSpec, KedaTrigger, PrometheusTrigger, SuppliedTrigger, TriggerSource } from "./spec.ts";

/** One entry of `triggers:` beside a ScaledObject. */
export interface TriggerEntry {
  readonly query?: string | undefined;
  readonly series?: readonly (readonly [number, number | "error"])[] | undefined;
  readonly target?: number | undefined;
  readonly activation?: number | undefined;
}

const seconds = z.number().min(0).max(1e9);
const entry = z.strictObject({
  query: z.string().min(1).optional().describe("PromQL over the simulated series that gives one number."),
  series: z
    .array(z.tuple([seconds, z.union([z.number(), z.literal("error")])]))
    .min(1)
    .max(100_000)
    .optional()
    .describe("`[seconds, value]` pairs from second 0 on; each holds until the next; `error`: the source fails."),
  target: z.number().positive().optional().describe("What one replica takes; default: what the trigger's metadata say."),
  activation: z.number().optional().describe("Above this value the trigger is active; default: what its metadata say, else 0."),
});

/** `triggers:` beside a ScaledObject: name of a trigger → where its values come from. */
export const triggerSourcesSchema: z.ZodType<Readonly<Record<string, TriggerEntry>>> = z.record(z.string(), entry);

/** What the scenario knows about the values of triggers. */
export interface TriggerSupply {
  /** The scenario's `triggers:`. */
  readonly raw: unknown;
  /** Labels of the scale target's pods. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** Takes issues with paths into the scenario's entry. */
  readonly report: Report;
  /** Takes issues with paths into the manifest. */
  readonly reportManifest: Report;
}

/**
 * Gives triggers the values that the scenario supplies. A trigger whose source is not simulated needs some; a prometheus trigger may have
 * them instead of its query.
 *
 * @returns the spec with sources; issues `keda_supply_*`, `keda_trigger_needs_*` and those of the entry's form
 */
export function supplyTriggers(spec: KedaSpec, supply: TriggerSupply): KedaSpec {
  const entries = readEntries(supply);
  const names = spec.triggers.map((trigger) => namesOf(trigger, spec.triggers));
  for (const name of Object.keys(entries)) {
    if (names.some((known) => known.includes(name))) continue;
    const known = names.flatMap(([first]) => first ?? []);
    const near = nearest(name, known);
    const data = { name, known, ...(near === undefined ? {} : { near }) };
    supply.report({ code: "keda_supply_unknown", path: ["triggers", name], data });
  }
  const triggers = spec.triggers.map((trigger, index) => {
    const name = (names[index] ?? []).find((candidate) => Object.hasOwn(entries, candidate));
    const given = name === undefined ? undefined : ([name, entries[name] as TriggerEntry] as const);
    // A composite has a target of its own.
    return supplied(trigger, { index, given, needsTarget: spec.scalingModifiers === undefined }, supply);
  });
  return { ...spec, triggers };
}

function readEntries({ raw, report }: TriggerSupply): Readonly<Record<string, TriggerEntry>> {
  if (raw === undefined) return {};
  const parsed = parseEntry(triggerSourcesSchema, raw);
  const issues: readonly Issue[] = parsed.ok
    ? Object.entries(parsed.value).flatMap(([name, one]) => entryIssues(name, one))
    : parsed.issues;
  for (const issue of issues) report({ ...issue, path: ["triggers", ...issue.path] });
  return parsed.ok && issues.length === 0 ? parsed.value : {};
}

function entryIssues(name: string, { query, series }: TriggerEntry): readonly Issue[] {
  if ((query === undefined) === (series === undefined)) {
    const present = query === undefined ? "" : "query, series";
    return [{ code: "one_of", path: [name], data: { keys: ["query", "series"], present } }];
  }
  const times = (series ?? []).map(([at]) => at);
  const wrong = times.findIndex((at, index) => (index === 0 ? at !== 0 : at <= (times[index - 1] as number)));
  if (wrong < 0) return [];
  const expected = wrong === 0 ? "a first pair at second 0" : "pairs in order of time, each time once";
  return [{ code: "bad_format", path: [name, "series", wrong], data: { expected, actual: times[wrong] as number } }];
}

/** A trigger answers to its name, to its type when no other has it, and to the name of its metric. */
function namesOf(trigger: KedaTrigger, all: readonly KedaTrigger[]): readonly string[] {
  const type = typeOf(trigger);
  const isOnly = all.filter((other) => typeOf(other) === type).length === 1;
  const name = trigger.type === "resource" ? undefined : trigger.name;
  return [...(name === undefined ? [] : [name]), ...(isOnly ? [type] : []), ...(trigger.type === "resource" ? [] : [trigger.metricName])];
}

function typeOf(trigger: KedaTrigger): string {
  if (trigger.type === "resource") return trigger.resource;
  return trigger.type === "supplied" ? trigger.scaler : trigger.type;
}

interface Wanted {
  /** Place in `spec.triggers`. */
  readonly index: number;
  /** Name and entry of the scenario. */
  readonly given: readonly [string, TriggerEntry] | undefined;
  readonly needsTarget: boolean;
}

function supplied(trigger: KedaTrigger, { index, given, needsTarget }: Wanted, supply: TriggerSupply): KedaTrigger {
  if (trigger.type === "resource" || trigger.type === "cron") {
    if (given !== undefined)
      supply.report({ code: "keda_supply_pointless", path: ["triggers", given[0]], data: { type: typeOf(trigger) } });
    return trigger;
  }
  if (given === undefined) return trigger.type === "prometheus" ? trigger : withoutEntry(trigger, index, supply);
  const [, { target, activation }] = given;
  const threshold = target ?? trigger.threshold;
  const path: IssuePath = ["spec", "triggers", index];
  if (threshold === undefined && needsTarget) {
    const data = { type: typeOf(trigger), name: given[0], key: TARGET_KEYS[typeOf(trigger)]?.target ?? "" };
    supply.reportManifest({ code: "keda_trigger_needs_target", path, data });
    return trigger;
  }
  const activationThreshold = activation ?? trigger.activationThreshold;
  const targeted = threshold === undefined ? {} : { threshold };
  return { ...asSupplied(trigger), ...targeted, activationThreshold, source: sourceOf(given[1]) };
}

function asSupplied(trigger: PrometheusTrigger | SuppliedTrigger): SuppliedTrigger {
  if (trigger.type === "supplied") return trigger;
  const { name, metricName, metricType, useCachedMetrics, activationThreshold } = trigger;
  const named = name === undefined ? {} : { name };
  return { type: "supplied", scaler: "prometheus", ...named, metricName, metricType, useCachedMetrics, activationThreshold };
}

function sourceOf({ query, series }: TriggerEntry): TriggerSource {
  if (query !== undefined) return { kind: "query", query };
  return { kind: "series", points: (series ?? []).map(([at, value]) => [at, value === "error" ? null : value] as const) };
}

/** Of all workloads the simulation knows the pods of one: those of the scale target. */
function withoutEntry(trigger: SuppliedTrigger, index: number, { podLabels, reportManifest }: TriggerSupply): SuppliedTrigger {
  const { podSelector, scaler } = trigger;
  if (podSelector !== undefined && selectsLabels(podSelector, podLabels) === true) return { ...trigger, source: { kind: "pods" } };
  const labels = Object.entries(podLabels).map(([key, value]) => `${key}=${value}`);
  const data = { type: scaler, name: trigger.name ?? scaler, ...(podSelector === undefined ? {} : { podSelector, labels }) };
  reportManifest({ code: "keda_trigger_needs_values", path: ["spec", "triggers", index], data });
  return trigger;
}
