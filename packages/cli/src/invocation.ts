import { basename, relative } from "node:path";
import { quoteArgument } from "./quote-argument.ts";

/**
 * How the command was started, so that a suggested command works when it is copied: by a script of `package.json`, by npx, by its name
 * or, failing that, by its file.
 *
 * @param script path that Node was started with, as in `process.argv[1]`
 * @see https://docs.npmjs.com/cli/v10/using-npm/scripts#environment, npm_lifecycle_event
 */
export function invocationOf(env: Readonly<Record<string, string | undefined>>, script: string, workingFolder: string): string {
  const event = env["npm_lifecycle_event"];
  if (event === "replicast") return "npm run -s replicast --";
  // npm puts the command on the path of its scripts only.
  if (basename(script) === "replicast") return event === undefined ? "replicast" : "npx @replicast/cli";
  return `node ${quoteArgument(relative(workingFolder, script))}`;
}
