import type { Json } from "@replicast/sim-core";
import { formatNumber } from "./format.ts";

type Fields = { readonly [key: string]: Json };

/** What the table already shows in columns of its own, or what only repeats another field. */
const SHOWN_ELSEWHERE: ReadonlySet<string> = new Set([
  "currentReplicas",
  "desiredReplicas",
  "conditions",
  "text",
  "limited",
  "stabilization",
]);

/**
 * The numbers behind a decision as one line: metrics and triggers as "what: value against target", the rest as
 * "name = value". Nothing of it is HTML yet.
 */
export function evidenceText(evidence: Fields): string {
  const parts = [...statement(evidence["text"]), ...readings(evidence["metrics"]), ...readings(evidence["triggers"])];
  for (const [key, value] of Object.entries(evidence)) {
    if (SHOWN_ELSEWHERE.has(key) || key === "metrics" || key === "triggers") continue;
    parts.push(`${key} = ${plain(value)}`);
  }
  return parts.join("; ");
}

function statement(text: Json | undefined): readonly string[] {
  return typeof text === "string" ? [text] : [];
}

/** One line per metric of an HPA or trigger of a ScaledObject. */
function readings(list: Json | undefined): readonly string[] {
  if (!Array.isArray(list)) return [];
  return list.map((entry: Json) => (isFields(entry) ? reading(entry) : plain(entry)));
}

function reading(entry: Fields): string {
  const { metric, value, target, threshold, ratio, proposal, pods, active, error, ...rest } = entry;
  const goal = target ?? threshold;
  const parts = [
    error === undefined
      ? `${plain(metric ?? "metric")} ${plain(value ?? "absent")}`
      : `${plain(metric ?? "metric")} failed (${plain(error)})`,
    ...(goal === undefined ? [] : [`against ${plain(goal)}`]),
    ...(ratio === undefined ? [] : [`ratio ${plain(ratio)}`]),
    ...(proposal === undefined ? [] : [`proposes ${plain(proposal)}`]),
    ...(isFields(pods) ? [podGroups(pods)] : []),
    ...(active === undefined ? [] : [active === true ? "active" : "not active"]),
  ];
  const others = Object.entries(rest).filter(([key]) => !["targetType", "type", "activationThreshold"].includes(key));
  return [...parts, ...others.map(([key, other]) => `${key} ${plain(other)}`)].filter((part) => part !== "").join(", ");
}

/** "3 ready, 1 unready": groups without a pod are left out. */
function podGroups(pods: Fields): string {
  return Object.entries(pods)
    .filter(([, count]) => count !== 0)
    .map(([group, count]) => `${plain(count)} ${group}`)
    .join(", ");
}

function plain(value: Json): string {
  if (typeof value === "number") return formatNumber(value);
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(plain).join(isInterval(value) ? " to " : ", ");
  return JSON.stringify(value);
}

const isInterval = (values: readonly Json[]): boolean => values.length === 2 && values.every((value) => typeof value === "number");

const isFields = (value: Json | undefined): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
