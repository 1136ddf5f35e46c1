import { type DataCatalogue, type IssueData, plain, quote } from "./message-text.ts";

/** Lines of a program's standard error that a message shows. */
const SHOWN_LINES = 4;
const GUIDE = "docs/guides/bring-your-own-policy.md has the protocol";

/** Texts of the issues about policies that are code of one's own. */
export const POLICY_CODE_MESSAGES: DataCatalogue = {
  controller_without_kind: ({ deployment }) => ({
    text: `the controller of ${quote(deployment)} has no kind`,
    hint: "name a policy with kind, or code of your own with module or process",
  }),
  policy_code_not_allowed: ({ what, actual }) => ({
    text: `the scenario runs code of its own, the ${plain(what)} ${quote(actual)}`,
    hint: "use --allow-code if you trust it; a program hands policyCode to load",
  }),
  policy_code_ambiguous: ({ found }) => ({
    text: `only one of ${quote(found)} can decide`,
    hint: "module or process stand in the place of kind; kind beside module picks one of its policies",
  }),
  module_policy_unclear: ({ known }) => ({
    text: `the module has several policies: ${quote(known)}`,
    hint: "pick one with kind",
  }),
  policy_config_refused: ({ message }) => ({
    text: `the policy refuses its configuration: ${plain(message)}`,
    hint: "mend the entry's config",
  }),
  policy_threw: ({ policy, function: name, message, timeSeconds }) => ({
    text: `${plain(name)} of the policy ${quote(policy)} failed${at(timeSeconds)}: ${plain(message)}`,
    hint: "the policy's own code has to be mended",
  }),
  policy_not_plain: ({ policy, function: name, place, timeSeconds }) => ({
    text: `${plain(name)} of the policy ${quote(policy)} returned what is not plain data at ${quote(place)}${at(timeSeconds)}`,
    hint: "use null, true, false, finite numbers, texts, lists and plain objects, so that a run can be saved and continued",
  }),
  policy_bad_decision: ({ policy, actual, timeSeconds }) => ({
    text: `the policy ${quote(policy)} asked for ${quote(actual)} replicas${at(timeSeconds)}`,
    hint: "a decision has desiredReplicas, a whole number from 0, and a reason and evidence",
  }),
  policy_process_failed: (data) => ({
    text: `the program ${quote(data["command"])} ${plain(data["message"])}${at(data["timeSeconds"])}${errorOutput(data)}`,
    hint: "start it by hand in the scenario's folder and type a message; it may only end when its input does",
  }),
  policy_answer_invalid: (data) => ({
    text: `the program ${quote(data["command"])} answered ${quote(data["actual"])}${at(data["timeSeconds"])}, not ${plain(data["expected"])}${errorOutput(data)}`,
    hint: `one JSON object on one line for each message, and nothing else on standard output; ${GUIDE}`,
  }),
  policy_line_too_long: (data) => ({
    text: `the program ${quote(data["command"])} wrote more than ${data["limitBytes"]} bytes without an end of line${at(data["timeSeconds"])}${errorOutput(data)}`,
    hint: "keep state and evidence small; text for people belongs on standard error",
  }),
  policy_time_limit: (data) => ({
    text: `the program ${quote(data["command"])} took longer than ${data["limitSeconds"]} s to answer${at(data["timeSeconds"])}${errorOutput(data)}`,
    hint: "raise timeLimit, or see where it waits; a late answer is never a decision",
  }),
};

function at(timeSeconds: IssueData[string] | undefined): string {
  return timeSeconds === undefined || timeSeconds === null ? "" : ` at ${plain(timeSeconds)} s of simulated time`;
}

/** The last lines of what a program wrote for people. */
function errorOutput({ stderr }: IssueData): string {
  const lines = typeof stderr === "string" ? stderr.split("\n").filter((line) => line.trim() !== "") : [];
  return lines.length === 0 ? "" : `; its standard error ends with: ${lines.slice(-SHOWN_LINES).join(" | ")}`;
}
