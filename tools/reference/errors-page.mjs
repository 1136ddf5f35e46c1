import { readFileSync } from "node:fs";
import { entryMessages } from "@replicast/policies";
import { describeIssue } from "@replicast/sim-core";
import { EXIT_CODES } from "../../packages/cli/dist/exit-codes.js";
import { issueCatalogues } from "../../packages/cli/dist/issue-catalogues.js";
import { code, GENERATED, table } from "./markdown.mjs";

const CORE_TEXTS = [
  "messages",
  "messages-faults",
  "messages-foresight",
  "messages-fork",
  "messages-manifests",
  "messages-measured",
  "messages-node-pools",
  "messages-policy-code",
  "messages-prospects",
  "messages-scenario",
  "messages-statistics",
  "messages-sweep",
  "messages-trace",
  "messages-trace-tools",
];
const CATALOGUES = [...issueCatalogues, entryMessages];
const EXIT_MEANINGS = {
  good: "done; every binding threshold passed",
  internal: "a defect of ours; please report it",
  badInput: "the input was refused: scenario, trace, manifest, option; nothing was written",
  thresholdFailed: "done, but a binding threshold failed",
  limitExceeded: "`--max-events` or `--time-limit` did not suffice",
  cellsFailed: "a sweep ended, but some of its cells failed; they are told, and `--resume` tries them again",
  interrupted: "Ctrl-C ended a sweep; what was finished is on disk, and `--resume` goes on",
};

/** Stands in for every value of an issue, so that a text shows where values go. */
const BLANKS = new Proxy({}, { get: (_, name) => (typeof name === "string" ? `‹${name}›` : undefined) });

/** Codes that have a text, in order. */
export function issueCodes() {
  const core = CORE_TEXTS.flatMap((name) => {
    const source = readFileSync(new URL(`../../packages/sim-core/src/${name}.ts`, import.meta.url), "utf8");
    return [...source.matchAll(/^ {2}([a-z][a-z0-9_]+): \(/gm)].map(([, found]) => found);
  });
  const others = CATALOGUES.flatMap((catalogue) => Object.keys(catalogue));
  return [...new Set([...core, ...others])].sort();
}

/** @returns {string} the page about issue codes and exit codes */
export function errorsPage() {
  const rows = issueCodes().map((issueCode) => {
    const { text, hint = "" } = describeIssue({ code: issueCode, path: [], data: BLANKS }, CATALOGUES);
    return [code(issueCode), plain(text), plain(hint)];
  });
  return `${GENERATED}

# Errors

Everything that is wrong with an input is reported at once, each with file, line and column where there is one, a code and a hint:

    scenario.yaml:18:7: error[unknown_key]: deployments[0]: …
      hint: did you mean …

The library throws one \`InputError\` with all \`issues\`; \`describeIssue\` and \`formatIssues\` make the texts. Warnings have the same
form and stop nothing.

## Exit codes of the command

${table(
  ["code", "name", "meaning"],
  Object.entries(EXIT_CODES).map(([name, value]) => [value, name, EXIT_MEANINGS[name]]),
)}

## Issue codes

‹name› stands for a value of the issue.

${table(["code", "text", "hint"], rows)}
`;
}

function plain(text) {
  return text
    .replace(/"(‹[^›]*›)"/g, "$1")
    .replaceAll("<", "&lt;")
    .replaceAll("\n", " ");
}
