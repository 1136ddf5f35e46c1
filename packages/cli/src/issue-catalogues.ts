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
