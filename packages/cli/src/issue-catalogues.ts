import { entryMessages, policyMessages } from "@replicast/policies";
import type { DataCatalogue, MessageCatalogue } from "replicast";

const quote = (value: unknown): string => JSON.stringify(value);

/** A file that is told at the place which names it; elsewhere the file is the place. */
const named = (file: unknown): string => (file === undefined ? "" : `, ${quote(file)}`);

/** Texts of the issues that the command itself makes. */
const CLI_TEXTS: DataCatalogue = {
  bad_option: ({ option, actual, expected }) => ({
    text: `${option} ${quote(actual)} is not ${expected}`,
    hint: "`replicast COMMAND --help` lists the options",
  }),
  seed_not_used: () => ({
    text: "capacity does not depend on a seed: its trials all use the same random numbers",
    hint: "leave --seed out; run and compare take it",
  }),
  file_exists: () => ({ text: "this file exists already", hint: "init never overwrites; choose another folder" }),
  file_outside: ({ file }) => ({
    text: `the scenario names a file outside its folder${named(file)}`,
    hint: "use --allow-outside if you trust it; a trace may lie anywhere when --trace names it",
  }),
  not_a_file: ({ file }) => ({ text: `this is a folder, not a file${named(file)}`, hint: "name the file in it" }),
  not_gzip: ({ message }) => ({
    text: `the file cannot be inflated: ${message}`,
    hint: "a name that ends in .gz promises gzip; rename it if it is plain text",
  }),
  not_writable: ({ message }) => ({ text: `the files cannot be written: ${message}`, hint: "choose another folder" }),
  not_readable: ({ message, file }) => ({ text: `the file cannot be read${named(file)}: ${message}`, hint: "check its permissions" }),
  plugin_not_found: () => ({
    text: "there is no such module",
    hint: "give a path such as ./my-policy.js, or the name of an installed package",
  }),
  plugin_failed: ({ message, isTypeScript }) => ({
    text: `the module cannot be loaded: ${message}`,
    hint:
      isTypeScript === true
        ? "this Node runs no TypeScript: compile the module (`npx tsc`, or `npx esbuild FILE --outfile=FILE.mjs`) and give the .js or .mjs file"
        : "`node` on the module shows where; it must be JavaScript that this Node can run",
  }),
  plugin_without_policy: ({ exports }) => ({
    text: `the module exports no policy (exports: ${Array.isArray(exports) && exports.length > 0 ? exports.join(", ") : "none"})`,
    hint: "export the value of definePolicy({ … })",
  }),
  sweep_exists: () => ({ text: "this folder holds a sweep already", hint: "go on with it by --resume, or choose another folder" }),
  sweep_differs: () => ({
    text: "this folder holds another sweep: of another scenario, version, trace, seed, or of other values",
    hint: "give the options it was begun with, or choose another folder",
  }),
  sweep_locked: ({ pid, host, file }) => ({
    text: `another sweep works in this folder (process ${pid}${host === "" ? "" : ` on ${host}`})`,
    hint: `wait for it, or choose another folder; when that process is surely gone, remove ${file}`,
  }),
  sweep_not_found: () => ({ text: "this folder holds no sweep", hint: "give the folders that `replicast sweep` has written with --out" }),
  thread_ended: ({ message }) => ({
    text: `the thread that ran it ended: ${message}`,
    hint: "a policy's own code may have ended it, or memory was short: fewer --jobs need less",
  }),
  sweep_incomplete: ({ missing, cells, shards }) => ({
    text: `${missing} of ${cells} cells are in none of the folders`,
    hint: `${Array.isArray(shards) && shards.length > 0 ? `not finished, or not given: shard ${shards.join(", ")}; ` : ""}finish them with --resume, and give all folders`,
  }),
  duplicate_policy_kind: ({ actual }) => ({
    text: `another policy has the id ${quote(actual)} already`,
    hint: "ids are unique; rename one",
  }),
};

const CLI_MESSAGES: MessageCatalogue = Object.fromEntries(
  Object.entries(CLI_TEXTS).map(([code, text]): [string, MessageCatalogue[string]] => [code, ({ data = {} }) => text(data)]),
);

/** All catalogues beyond the library's own. */
export const issueCatalogues: readonly MessageCatalogue[] = [CLI_MESSAGES, policyMessages, entryMessages];
