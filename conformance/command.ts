import { existsSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { vectorFolders } from "./folder.ts";
import type { Tally } from "./runner.ts";
import type { Suite } from "./suite.ts";
import { filesOf, SUITES } from "./suites.ts";

/** Where the command's words go. */
export interface Output {
  readonly line: (text: string) => void;
  readonly complain: (text: string) => void;
}

const USAGE = "npm run -s conformance -- [--vectors DIR] [--suite NAME]…";
/** Mismatches shown of each file: enough to see a pattern. */
const SHOWN_MISMATCHES = 5;
const SHOWN_CHARACTERS = 1000;

const EXIT = { passed: 0, mismatch: 1, badInput: 2 } as const;

/**
 * Runs vectors and prints `suite file passed/total` for each file, the first mismatches, and a total.
 *
 * @param vectors - the folder taken when the arguments name none
 * @returns exit code: 1 when a case does not pass, 2 for arguments that make no sense or when nothing was run
 */
export function runCommand(args: readonly string[], vectors: string, output: Output): number {
  const asked = readArguments(args, vectors);
  const help = `usage: ${USAGE}\nsuites: ${SUITES.map(({ id }) => id).join(", ")}`;
  if ("help" in asked) {
    output.line(help);
    return EXIT.passed;
  }
  if ("fault" in asked) {
    output.complain(`${asked.fault}\n${help}`);
    return EXIT.badInput;
  }
  const total = { passed: 0, total: 0, files: 0, skipped: 0 };
  for (const suite of asked.suites) {
    for (const { file, skipped, run } of filesOf(suite, asked.folder)) {
      total.files += 1;
      if (skipped !== undefined) {
        total.skipped += 1;
        output.line(`${suite.id} ${file} skipped: ${skipped}`);
        continue;
      }
      const tally = run();
      total.passed += tally.passed;
      total.total += tally.total;
      print(tally, output);
    }
  }
  if (total.files === 0) {
    output.complain(`no vectors of ${asked.suites.map(({ id }) => id).join(", ")} in ${asked.folder}`);
    return EXIT.badInput;
  }
  for (const name of asked.unknown) output.complain(`${name} not run: there is no such suite`);
  output.line(`total ${total.passed}/${total.total}${total.skipped === 0 ? "" : `, ${total.skipped} of ${total.files} files skipped`}`);
  return total.passed === total.total ? EXIT.passed : EXIT.mismatch;
}

function print({ suite, file, passed, total, failures }: Tally, { line, complain }: Output): void {
  line(`${suite} ${file} ${passed}/${total}`);
  for (const [name, wrong] of [...failures].slice(0, SHOWN_MISMATCHES)) complain(`  ${name}: ${shortened(wrong)}`);
  if (failures.size > SHOWN_MISMATCHES) complain(`  and ${failures.size - SHOWN_MISMATCHES} more`);
}

function shortened(text: string): string {
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}

type Asked =
  | { readonly folder: string; readonly suites: readonly Suite[]; readonly unknown: readonly string[] }
  | { readonly fault: string }
  | { readonly help: true };

function readArguments(args: readonly string[], vectors: string): Asked {
  let values: { readonly vectors?: string; readonly suite?: readonly string[]; readonly help?: boolean };
  try {
    const options = {
      vectors: { type: "string" },
      suite: { type: "string", multiple: true },
      help: { type: "boolean", short: "h" },
    } as const;
    ({ values } = parseArgs({ args: [...args], options, strict: true, allowPositionals: false }));
  } catch (error) {
    return { fault: (error as Error).message };
  }
  if (values.help === true) return { help: true };
  const folder = values.vectors ?? vectors;
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return { fault: `there is no folder ${folder}` };
  const names = (values.suite ?? []).flatMap((name) => name.split(",")).map((name) => name.trim());
  const unknown = names.find((name) => !SUITES.some(({ id }) => id === name));
  if (unknown !== undefined) return { fault: `there is no suite ${JSON.stringify(unknown)}` };
  if (names.length > 0) return { folder, suites: SUITES.filter(({ id }) => names.includes(id)), unknown: [] };
  return { folder, suites: SUITES, unknown: vectorFolders(folder).filter((name) => !SUITES.some(({ id }) => id === name)) };
}
