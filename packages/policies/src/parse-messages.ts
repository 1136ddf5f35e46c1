import type { Issue, Json } from "@replicast/sim-core";

/** What a reader is told about an issue, and what to do about it. */
export interface IssueMessage {
  readonly text: string;
  readonly hint: string;
}

/** Texts of the issues that the entries of a scenario's own policies (all but HPA and KEDA) can have, by code. */
export const entryMessages: Readonly<Record<string, (issue: Issue) => IssueMessage>> = {
  unknown_key: (issue) => ({
    text: `unknown key ${quoted(data(issue, "key"))}`,
    hint: data(issue, "near") === "" ? `known here: ${data(issue, "known")}` : `did you mean ${quoted(data(issue, "near"))}?`,
  }),
  missing_key: (issue) => ({ text: `${quoted(data(issue, "key"))} is missing`, hint: `add ${data(issue, "key")}` }),
  wrong_type: (issue) => ({
    text: `${place(issue)} is ${quoted(data(issue, "actual"))}`,
    hint: `write a value of type ${data(issue, "expected")}`,
  }),
  unknown_value: (issue) => ({ text: `${place(issue)} is ${quoted(data(issue, "actual"))}`, hint: `write ${data(issue, "expected")}` }),
  out_of_range: (issue) => ({ text: `${place(issue)} is ${data(issue, "actual")}`, hint: `write ${range(issue)}` }),
  bad_format: (issue) => ({ text: `${place(issue)} is ${quoted(data(issue, "actual"))}`, hint: `write ${data(issue, "expected")}` }),
  unknown_time_zone: (issue) => ({
    text: `unknown time zone ${quoted(data(issue, "timeZone"))}`,
    hint: "use an IANA name such as Europe/Berlin or America/New_York, or UTC",
  }),
  unknown_day: (issue) => ({
    text: `${quoted(data(issue, "actual"))} names no day of the week`,
    hint: "write days as mon-fri, sat,sun or daily; a single day as sun",
  }),
  empty_window: (issue) => ({
    text: `the window from ${data(issue, "from")} to ${data(issue, "to")} is empty`,
    hint: "for a whole day write from: 00:00, to: 24:00",
  }),
  one_of: (issue) => ({
    text: `exactly one of ${data(issue, "keys")} belongs here`,
    hint: data(issue, "present") === "" ? "add one of them" : "remove all but one",
  }),
  duplicate_entry: (issue) => ({ text: `${quoted(data(issue, "actual"))} appears twice`, hint: "keep one of the two" }),
  not_a_multiple: (issue) => ({
    text: `${place(issue)} is ${data(issue, "actual")}, which is no whole number of ${data(issue, "of")} (${data(issue, "step")})`,
    hint: `choose a multiple of ${data(issue, "step")}`,
  }),
  ray_initial_replicas: (issue) => ({
    text: `initial_replicas is ${data(issue, "initial")}, the deployment ${quoted(data(issue, "deployment"))} begins with ${data(issue, "replicas")}`,
    hint: "set replicas of the deployment in the scenario to the same count, or remove initial_replicas",
  }),
  wva_no_target: () => ({
    text: "the queueing model has no target to size replicas for",
    hint: "set slo-ttft, slo-tpot (milliseconds) or slo-tps above 0",
  }),
  wva_hpa_metric: (issue) => ({
    text: `the HPA that acts on the published count has ${data(issue, "types") || "no"} metrics`,
    hint: "give it one metric of type External with target AverageValue 1, as the autoscaler's own documentation does",
  }),
  dynamo_no_rule: () => ({
    text: "neither enable_throughput_scaling nor enable_load_scaling is on: the planner would decide nothing",
    hint: "turn on one of them, or use kind: fixed",
  }),
  member_kind: (issue) => ({
    text:
      data(issue, "actual") === ""
        ? "a policy within a policy needs its kind"
        : `a policy of kind ${quoted(data(issue, "actual"))} cannot stand here`,
    hint:
      data(issue, "actual") === "keda"
        ? "give KEDA the others as its floor, or write them as triggers of the ScaledObject"
        : `write one of: ${data(issue, "known")}`,
  }),
  history_file_missing: (issue) => ({
    text: `there is no file ${quoted(data(issue, "file"))}`,
    hint: "paths are relative to the scenario's folder; the name ends in .csv",
  }),
  history_not_a_rate: (issue) => ({
    text: `${quoted(data(issue, "actual"))} is no rate`,
    hint: "end each line with requests per second, one line per sample; fill gaps before",
  }),
  not_for_model: (issue) => ({
    text: `${data(issue, "key")} is not read by the model ${data(issue, "model")}`,
    hint: `remove it; it belongs to ${data(issue, "models")}`,
  }),
  fit_needs_history: (issue) => ({
    text: `a fit needs ${data(issue, "needs")} samples of history, there are ${data(issue, "has")}`,
    hint: "give that many rates as history, one per sample, or write numbers in place of fit",
  }),
  season_never_complete: (issue) => ({
    text: `the run of ${data(issue, "durationSeconds")} s ends before a season of ${data(issue, "seasonSeconds")} s is known: the forecast will rest on the trend alone`,
    hint: "give the past as history (a list of rates or an hourly profile), shorten seasonSeconds, or write season: none",
  }),
};

function data(issue: Issue, key: string): string {
  const value: Json | undefined = issue.data?.[key];
  if (value === undefined || value === null) return "";
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** Only the last key: the whole path stands before the text. */
function place(issue: Issue): string {
  const last = issue.path.at(-1);
  return typeof last === "string" ? last : "the entry";
}

function quoted(text: string): string {
  return JSON.stringify(text);
}

function range(issue: Issue): string {
  const minimum = data(issue, "minimum");
  const maximum = data(issue, "maximum");
  const more = issue.data?.["inclusive"] === false ? "more than" : "at least";
  const less = issue.data?.["inclusive"] === false ? "less than" : "at most";
  const bounds = [minimum === "" ? "" : `${more} ${minimum}`, maximum === "" ? "" : `${less} ${maximum}`].filter((one) => one !== "");
  return bounds.length === 0 ? `a whole number` : bounds.join(" and ");
}
