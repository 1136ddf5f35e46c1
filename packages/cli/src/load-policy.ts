import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { guardPolicy, InputError, type Policy } from "replicast";
import { createRefusals } from "./refusals.ts";

/**
 * Loads further policies from modules. Every export that is a policy is taken, whatever its name, as are the members of
 * exported lists; other exports are ignored.
 *
 * @param modules paths (relative ones from `workingFolder`) or package names
 * @throws InputError `plugin_not_found`, `plugin_failed`, `plugin_without_policy`, `duplicate_policy_kind`
 */
export async function loadPolicies(modules: readonly string[], workingFolder: string): Promise<readonly Policy[]> {
  const found: Policy[] = [];
  const refused = createRefusals();
  for (const module of modules) {
    await refused.collect(async () => {
      for (const policy of await policiesOf(module, workingFolder)) {
        if (found.some(({ id }) => id === policy.id)) refuse("duplicate_policy_kind", module, { actual: policy.id });
        found.push(guardPolicy(policy));
      }
    });
  }
  refused.throwAny();
  return found;
}

/**
 * The policies of one module.
 * @param module a path (a relative one from `folder`), or the name of a package as seen from `folder`
 * @throws InputError `plugin_not_found`, `plugin_failed`, `plugin_without_policy`
 */
export async function policiesOf(module: string, workingFolder: string): Promise<readonly Policy[]> {
  const exported = await importModule(module, workingFolder);
  const policies = Object.values(exported).flat().filter(isPolicy);
  // A policy may be exported twice, by name and in a list.
  const distinct = [...new Set(policies)];
  return distinct.length > 0 ? distinct : refuse("plugin_without_policy", module, { exports: Object.keys(exported) });
}

async function importModule(module: string, workingFolder: string): Promise<object> {
  const path = /^[./]|^[A-Za-z]:\\|\.[cm]?[jt]s$/.test(module) ? resolve(workingFolder, module) : undefined;
  if (path !== undefined && !existsSync(path)) return refuse("plugin_not_found", module, {});
  try {
    return await withRejections(() => import(path === undefined ? packageFile(module, workingFolder) : pathToFileURL(path).href));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
    if (code === "ERR_UNKNOWN_FILE_EXTENSION" && TYPESCRIPT.test(module))
      return refuse("plugin_failed", module, { message: "it is TypeScript", isTypeScript: true });
    // The same code tells that something the module itself imports is missing; only the message says which.
    const missing = path === undefined && code === "ERR_MODULE_NOT_FOUND" && message.includes(`'${module}'`);
    return missing ? refuse("plugin_not_found", module, {}) : refuse("plugin_failed", module, { message });
  }
}

/** A package is looked for where its user stands, and then where this command does. */
function packageFile(module: string, folder: string): string {
  try {
    return pathToFileURL(createRequire(join(folder, "_.js")).resolve(module)).href;
  } catch (error) {
    // A package for `import` alone is there, but not for `require`; its folder says what it exports.
    const isThere = error instanceof Error && "code" in error && error.code === "ERR_PACKAGE_PATH_NOT_EXPORTED";
    return (isThere ? importFile(module, folder) : undefined) ?? module;
  }
}

/** What the `exports` of a package give to `import`. @see https://nodejs.org/api/packages.html#conditional-exports */
function importFile(module: string, folder: string): string | undefined {
  for (let here = folder, above = dirname(here); ; here = above, above = dirname(above)) {
    const root = join(here, "node_modules", module);
    if (existsSync(join(root, "package.json"))) {
      const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { exports?: unknown };
      const file = conditional(typeof exports === "object" && exports !== null && "." in exports ? exports["."] : exports);
      return file === undefined ? undefined : pathToFileURL(join(root, file)).href;
    }
    if (here === above) return undefined;
  }
}

function conditional(target: unknown): string | undefined {
  if (typeof target === "string") return target;
  if (typeof target !== "object" || target === null) return undefined;
  const found = Object.entries(target).find(([condition]) => ["node", "import", "default"].includes(condition));
  return found === undefined ? undefined : conditional(found[1]);
}

const TYPESCRIPT = /\.[cm]?ts$/;

/** A promise that a module leaves rejected would end the process with a stack trace; it is the module's failure. */
async function withRejections(load: () => Promise<object>): Promise<object> {
  const rejected: unknown[] = [];
  const listen = (reason: unknown): void => void rejected.push(reason);
  process.on("unhandledRejection", listen);
  try {
    const loaded = await load();
    // Rejections are told of once all promises that are settled have been looked at.
    await new Promise((resolve) => setImmediate(resolve));
    if (rejected.length > 0) throw rejected[0];
    return loaded;
  } finally {
    process.off("unhandledRejection", listen);
  }
}

/** A module is foreign code: its shape is looked at before it is trusted to be a policy. */
function isPolicy(value: unknown): value is Policy {
  if (typeof value !== "object" || value === null) return false;
  const { id, ...rest } = value as Record<string, unknown>;
  const functions = ["parseConfig", "initialState", "timers", "needs", "queries", "decide"];
  return typeof id === "string" && functions.every((name) => typeof rest[name] === "function");
}

function refuse(code: string, file: string, data: { readonly [key: string]: string | boolean | readonly string[] }): never {
  throw new InputError([{ code, path: [], file, data }]);
}
