import {
  deploymentsMet,
  InputError,
  type Issue,
  modelRoutes,
  type OpenTrace,
  type Plan,
  type ScenarioSpec,
  scanTrace,
  type TraceScan,
  type TrafficConfig,
} from "@replicast/sim-core";
import type { ScenarioFiles } from "./files.ts";
import { atPlace, type Place } from "./request-places.ts";

/** A scenario whose trace was replaced. */
export interface ReplacedTrace {
  readonly spec: ScenarioSpec;
  /** What the plan calls the replacement: its last name only, so that a plan does not depend on where a file lies. */
  readonly traceFile?: string;
  readonly issues: readonly Issue[];
}

/** Puts a trace in the place of the scenario's only trace or, without one, of its only stream. */
export function replaceTrace(spec: ScenarioSpec, trace: string | undefined): ReplacedTrace {
  if (trace === undefined) return { spec, issues: [] };
  const traces = spec.traffic.filter((stream) => "trace" in stream);
  const candidates = traces.length > 0 ? traces : spec.traffic;
  const [target] = candidates;
  if (target === undefined || candidates.length > 1) {
    return { spec, issues: [{ code: "no_single_trace", path: ["traffic"], data: { streams: candidates.length } }] };
  }
  const traceFile = trace.slice(Math.max(trace.lastIndexOf("/"), trace.lastIndexOf("\\")) + 1);
  const { name, deployment, model, maxOpenRequests, stop } = target;
  const kept = { name, deployment, model, maxOpenRequests, stop };
  const replaced = "trace" in target ? { ...target, trace: traceFile } : { ...kept, trace: traceFile };
  return { spec: { ...spec, traffic: spec.traffic.map((stream) => (stream === target ? replaced : stream)) }, traceFile, issues: [] };
}

/** Opens the plan's traces by the names it knows. */
export function traceOpener(files: ScenarioFiles, pathOf: (name: string) => string): OpenTrace {
  return (name) => {
    const reader = files.openTrace(pathOf(name));
    if (reader === undefined) throw new MissingTrace(name);
    return reader;
  };
}

/** Tells a file that is not there from a defect; a run that meets it after loading says at least which file is gone. */
class MissingTrace extends Error {
  constructor(name: string) {
    super(`there is no trace ${name}`);
    this.name = "MissingTrace";
  }
}

/** What a check of traces knows beyond the scenario. */
export interface TraceCheck {
  /** Undefined when the scenario makes no plan: then only the files themselves are checked. */
  readonly plan: Plan | undefined;
  /** Name of the trace that stands for the one in the scenario … */
  readonly replaced: string | undefined;
  /** … and what the caller called it. */
  readonly by: string | undefined;
}

/**
 * Reads every trace once; issues `trace_missing`, those of its rows, and warnings about requests that are too long or come when the run
 * is over, and about a run that goes on when they are over.
 */
export function checkTraces(spec: ScenarioSpec, openTrace: OpenTrace, { plan, replaced, by }: TraceCheck): readonly Issue[] {
  return spec.traffic.flatMap((stream, index) => {
    if (!("trace" in stream)) return [];
    const path = ["traffic", index, "trace"];
    // What the caller named is his to mend, not the scenario's.
    const option = replaced === stream.trace ? by : undefined;
    const place: Place = option === undefined ? { path } : { path: [], file: `--trace ${option}` };
    const scan = tryScan(openTrace, stream.trace, place, option ?? stream.trace);
    if ("refused" in scan) return scan.refused;
    const planned = plan?.traffic[index];
    const limit = plan === undefined || planned === undefined ? undefined : longestContext(plan, planned);
    return [
      ...scanIssues(scan, stream.trace),
      ...(limit === undefined ? [] : longRequests(scan, limit, place)),
      ...outsideRun(scan, stream, spec.duration, place),
      ...(stream.sessions === undefined ? [] : sessionIssues(scan, [...path.slice(0, -1), "sessions"])),
      ...(plan === undefined || planned === undefined ? [] : modelIssues(scan, plan, planned, place)),
    ];
  });
}

function tryScan(openTrace: OpenTrace, file: string, place: Place, called: string): TraceScan | { readonly refused: readonly Issue[] } {
  try {
    return scanTrace(openTrace, file);
  } catch (error) {
    if (error instanceof MissingTrace)
      return { refused: [{ code: "trace_missing", ...place, data: { file: called, isOption: place.file !== undefined } }] };
    if (error instanceof InputError) return { refused: atPlace(error.issues, place) };
    throw error;
  }
}

function scanIssues({ issues, issueCount }: TraceScan, file: string): readonly Issue[] {
  const more = issueCount - issues.length;
  return more > 0 ? [...issues, { code: "trace_more_issues", path: [], file, data: { count: more } }] : issues;
}

/** Longest prompt and answer that some deployment takes which the stream's requests may meet. */
function longestContext(plan: Plan, stream: TrafficConfig): number | undefined {
  const met = deploymentsMet(plan, stream);
  const limits = plan.deployments.filter(({ name }) => met.includes(name)).map(({ serving }) => serving.engine.maxModelTokens);
  return limits.length === 0 ? undefined : Math.max(...limits);
}

/** What is said of sessions means nothing to a trace that names none. */
function sessionIssues({ rows, rowsOfSessions }: TraceScan, path: Issue["path"]): readonly Issue[] {
  return rows === 0 || rowsOfSessions > 0 ? [] : [{ code: "trace_without_sessions", severity: "warning", path }];
}

/** Names of unknown models that are told. */
const NAMES_TOLD = 5;

/** Requests that find no deployment, as they name no model or one that nobody serves. */
function modelIssues({ rows, models, rowsWithoutModel }: TraceScan, plan: Plan, stream: TrafficConfig, place: Place): readonly Issue[] {
  if (stream.deployment !== undefined || rows === 0) return [];
  const known = modelRoutes(plan).map(({ name }) => name);
  const unknown = [...models.keys()].filter((name) => !known.includes(name));
  const lost = unknown.reduce((sum, name) => sum + (models.get(name) ?? 0), 0);
  const percentOf = (count: number): number => Math.ceil((10_000 * count) / rows) / 100;
  const issues: Issue[] = [];
  if (stream.models === undefined && rowsWithoutModel > 0) {
    const isNone = rowsWithoutModel === rows;
    const severity = isNone ? {} : ({ severity: "warning" } as const);
    issues.push({ code: "trace_without_model", ...severity, ...place, data: { percent: percentOf(rowsWithoutModel), known } });
  }
  if (lost > 0) {
    const data = { percent: percentOf(lost), unknown: unknown.slice(0, NAMES_TOLD), more: Math.max(0, unknown.length - NAMES_TOLD), known };
    issues.push({ code: "trace_unknown_models", severity: "warning", ...place, data });
  }
  return issues;
}

function longRequests({ sample }: TraceScan, maxModelTokens: number, place: Place): readonly Issue[] {
  const long = sample.filter(([promptTokens, outputTokens]) => promptTokens + outputTokens > maxModelTokens).length;
  if (long === 0) return [];
  const percent = Math.ceil((10_000 * long) / sample.length) / 100;
  return [{ code: "requests_too_long", severity: "warning", ...place, data: { percent, maxModelTokens } }];
}

/** A run that ends so long after its trace is not told of it: seconds, and share of the run. */
const USUAL_SILENCE_SECONDS = 60;
const USUAL_SILENCE_SHARE = 0.05;

/** Times of arrival count from the start of the run, unless the file writes dates; a trace cut out of a longer one often begins late. */
function outsideRun(
  { rows, firstSeconds, lastSeconds }: TraceScan,
  { offset = 0, speed = 1 }: { readonly offset?: number | undefined; readonly speed?: number | undefined },
  durationSeconds: number,
  place: Place,
): readonly Issue[] {
  const toSeconds = offset + durationSeconds * speed;
  if (rows === 0) return [];
  if (lastSeconds >= offset && firstSeconds < toSeconds) {
    const endSeconds = Math.ceil((lastSeconds - offset) / speed);
    const silentSeconds = durationSeconds - endSeconds;
    // Within ten mean gaps the next request may just not have come yet.
    const usualSeconds = Math.max(USUAL_SILENCE_SECONDS, USUAL_SILENCE_SHARE * durationSeconds, (10 * endSeconds) / rows);
    if (silentSeconds <= usualSeconds) return [];
    return [{ code: "trace_ends_early", severity: "warning", ...place, data: { endSeconds, durationSeconds, silentSeconds } }];
  }
  return [
    { code: "trace_outside_run", severity: "warning", ...place, data: { firstSeconds, lastSeconds, fromSeconds: offset, toSeconds } },
  ];
}
