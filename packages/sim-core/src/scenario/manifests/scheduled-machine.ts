import type { Issue, IssuePath, Json } from "../../errors.ts";
import type { Origin, ReadManifest } from "./applied.ts";
import { versionIssues } from "./choose-object.ts";
import { type ManifestObject, readManifestObjects } from "./documents.ts";
import { isRecord, listAt, type Node, nodeAt, textAt, valueAt } from "./node.ts";
import { checkShape, ObjectErrors, type Shape } from "./object-shape.ts";
import { placeText, Stated } from "./stated.ts";

const API_VERSION = "5spot.finos.org/v1alpha1";
const TEXT: Shape = { is: "text" };
const TEMPLATE: Shape = {
  is: "object",
  fields: { apiVersion: TEXT, kind: TEXT, spec: { is: "any" } },
  required: ["apiVersion", "kind", "spec"],
};
const DAY = "(mon|tue|wed|thu|fri|sat|sun)";
const DURATION: Shape = { is: "text", pattern: /^[0-9]+[smh]$/ };

/** @see finos/5-spot deploy/crds/scheduledmachine.yaml and its ValidatingAdmissionPolicy */
const SPEC: Shape = {
  is: "object",
  fields: {
    bootstrapSpec: TEMPLATE,
    clusterName: { is: "text", shortest: 1, longest: 63, pattern: /^[A-Za-z0-9][A-Za-z0-9._-]*$/ },
    gracefulShutdownTimeout: DURATION,
    infrastructureSpec: TEMPLATE,
    killIfCommands: { is: "list", of: { is: "text", shortest: 1, longest: 256 }, most: 100 },
    killSwitch: { is: "flag" },
    machineTemplate: { is: "object", fields: { annotations: { is: "map", of: TEXT }, labels: { is: "map", of: TEXT } } },
    nodeDrainTimeout: DURATION,
    nodeTaints: {
      is: "list",
      of: {
        is: "object",
        fields: { effect: { is: "text", oneOf: ["NoSchedule", "PreferNoSchedule", "NoExecute"] }, key: TEXT, value: TEXT },
        required: ["effect", "key"],
      },
    },
    priority: { is: "whole", minimum: 0, maximum: 255 },
    schedule: {
      is: "object",
      fields: {
        daysOfWeek: { is: "list", of: { is: "text", pattern: new RegExp(`^${DAY}(-${DAY})?(,${DAY}(-${DAY})?)*$`) } },
        enabled: { is: "flag" },
        hoursOfDay: { is: "list", of: { is: "text", pattern: /^[0-9]{1,2}(-[0-9]{1,2})?(,[0-9]{1,2}(-[0-9]{1,2})?)*$/ } },
        timezone: { is: "text", longest: 64, pattern: /^[A-Za-z][A-Za-z0-9_+\-/]*$/ },
      },
    },
  },
  required: ["bootstrapSpec", "clusterName", "infrastructureSpec", "schedule"],
};

/** Names of the files that a pool's schedules are read from. */
export function scheduleManifests(pool: unknown): readonly unknown[] {
  const scheduled = valueAt(pool, ["scheduled"]);
  return (Array.isArray(scheduled) ? scheduled : [scheduled]).map((entry: unknown) => valueAt(entry, ["manifest"]));
}

interface AppliedSchedules {
  readonly entries: readonly unknown[];
  readonly issues: readonly Issue[];
  readonly origins: readonly Origin[];
  readonly assumptions: readonly string[];
}

/** Writes out the schedules of pools that name files of ScheduledMachines: each machine is a node of the pool. */
export function applySchedules(pools: readonly unknown[], read: ReadManifest): AppliedSchedules {
  const applied = pools.map((pool, index) => applyTo(pool, ["nodePools", index], read));
  return {
    entries: applied.map(({ entry }) => entry),
    issues: applied.flatMap(({ issues }) => issues),
    origins: applied.flatMap(({ origins }) => origins),
    assumptions: applied.flatMap(({ assumptions }) => assumptions),
  };
}

function applyTo(pool: unknown, path: IssuePath, read: ReadManifest): Omit<AppliedSchedules, "entries"> & { readonly entry: unknown } {
  const nothing = { entry: pool, issues: [], origins: [], assumptions: [] };
  if (!isRecord(pool) || scheduleManifests(pool).every((name) => typeof name !== "string")) return nothing;
  const scheduled = pool["scheduled"];
  const list: readonly unknown[] = Array.isArray(scheduled) ? scheduled : [scheduled];
  const read_ = list.map((entry, index) => machinesOf(entry, [...path, "scheduled", ...(Array.isArray(scheduled) ? [index] : [])], read));
  const machines = read_.flatMap(({ machines: own }) => own);
  const origins = machines.flatMap(({ object }, index): readonly Origin[] =>
    object === undefined ? [] : [{ path: [...path, "scheduled", index], position: object.locate(["spec", "schedule"]) }],
  );
  return {
    entry: { ...pool, scheduled: machines.map(({ value }) => value) },
    issues: read_.flatMap(({ issues }) => issues),
    origins,
    assumptions: machines.flatMap(({ object, words }) =>
      object === undefined ? [] : words.map((text) => `${textAt(pool, ["name"]) ?? "pool"}: ${text}`),
    ),
  };
}

interface Machine {
  readonly value: unknown;
  readonly object?: ManifestObject;
  readonly words: readonly string[];
}

function machinesOf(
  entry: unknown,
  path: IssuePath,
  read: ReadManifest,
): { readonly machines: readonly Machine[]; readonly issues: readonly Issue[] } {
  const file = textAt(entry, ["manifest"]);
  if (!isRecord(entry) || file === undefined || file === "") return { machines: [{ value: entry, words: [] }], issues: [] };
  const refuse = (issues: readonly Issue[]) => ({ machines: [], issues });
  const others = Object.keys(entry).filter((key) => key !== "manifest");
  if (others.length > 0)
    return refuse([{ code: "schedule_of_manifest", path: [...path, others[0] as string], data: { key: others[0] as string } }]);
  const text = read(file);
  if (text === undefined) return refuse([{ code: "deployment_manifest_missing", path: [...path, "manifest"], data: { file } }]);
  const { objects, issues } = readManifestObjects(text, file);
  if (issues.length > 0) return refuse(issues.map((issue) => ({ ...issue, path })));
  const found = objects.filter(({ kind }) => kind === "ScheduledMachine");
  if (found.length === 0) {
    const names = objects.map((object) => `${object.kind || "?"} ${object.name}`.trim());
    return refuse([{ code: "object_not_in_file", path, file, line: 1, column: 1, data: { kind: "ScheduledMachine", found: names } }]);
  }
  const all = found.map((object) => ({ object, issues: scheduledMachineIssues(object), stated: new Stated(object) }));
  const machines = all.flatMap(({ object, issues: own, stated }) => (own.some(isError) ? [] : [machineOf(object, stated)]));
  return { machines, issues: all.flatMap(({ issues: own, stated }) => [...own, ...stated.issues]).map((issue) => ({ ...issue, path })) };
}

const isError = ({ severity }: Issue): boolean => severity !== "warning";

/** What a ScheduledMachine is refused for by itself. */
export function scheduledMachineIssues(object: ManifestObject): readonly Issue[] {
  const wrong = versionIssues(object, API_VERSION);
  if (wrong.length > 0) return wrong;
  const errors = new ObjectErrors(object);
  if (valueAt(object.value, ["spec"]) === undefined) errors.required(["spec"]);
  checkShape(valueAt(object.value, ["spec"]), SPEC, ["spec"], errors);
  if (errors.isClean) checkSchedule(object.value, errors);
  return errors.issues;
}

/** @see the admission policy: both sets must be given; hours are bound by the controller; cron has left the schema */
function checkSchedule(value: Node, errors: ObjectErrors): void {
  const path = ["spec", "schedule"];
  const cron = valueAt(value, [...path, "cron"]) === undefined ? "" : "; cron is no field of the resource and is dropped";
  for (const key of ["daysOfWeek", "hoursOfDay"]) {
    if (listAt(value, [...path, key]).length > 0) continue;
    errors.required([...path, key], `both daysOfWeek and hoursOfDay must be non-empty to define an active window${cron}`);
  }
  listAt(value, [...path, "hoursOfDay"]).forEach((hours, index) => {
    if (
      String(hours)
        .split(/[,-]/)
        .some((hour) => Number(hour) > 23)
    )
      errors.invalid([...path, "hoursOfDay", index], String(hours), "Hours must be 0-23");
  });
  for (const key of ["bootstrapSpec", "infrastructureSpec"])
    if (!(textAt(value, ["spec", key, "apiVersion"]) ?? "").includes("/"))
      errors.invalid(["spec", key, "apiVersion"], textAt(value, ["spec", key, "apiVersion"]) ?? "", "must use a namespaced API group");
}

/** A machine as an entry of a pool's schedules. */
function machineOf(object: ManifestObject, stated: Stated): Machine {
  const spec = nodeAt(object.value, ["spec"]);
  const schedule = nodeAt(spec, ["schedule"]);
  const isKilled = valueAt(spec, ["killSwitch"]) === true;
  if (isKilled)
    stated.notModelled("a kill switch that somebody turns off again", ["spec", "killSwitch"], "the machine is never there in this run");
  if (listAt(spec, ["nodeTaints"]).length > 0)
    stated.notModelled("nodeTaints", ["spec", "nodeTaints"], "every deployment that may use the pool is taken to tolerate them");
  if (listAt(spec, ["killIfCommands"]).length > 0)
    stated.notModelled("killIfCommands", ["spec", "killIfCommands"], "write a fault of kind nodeLoss for the time when the process starts");
  const value: { [key: string]: Json } = {
    daysOfWeek: listAt(schedule, ["daysOfWeek"]).map(String),
    hoursOfDay: listAt(schedule, ["hoursOfDay"]).map(String),
    timezone: textAt(schedule, ["timezone"]) ?? "UTC",
    enabled: !isKilled && valueAt(schedule, ["enabled"]) !== false,
    gracefulShutdownTimeout: textAt(spec, ["gracefulShutdownTimeout"]) ?? "5m",
    nodeDrainTimeout: textAt(spec, ["nodeDrainTimeout"]) ?? "5m",
  };
  const priority = valueAt(spec, ["priority"]);
  const idle =
    priority === undefined ? "" : `; its priority ${String(priority)} only says which of the controller's instances looks after it`;
  return { value, object, words: [`ScheduledMachine ${object.name} of ${placeText(object.locate([]))}${idle}.`] };
}
