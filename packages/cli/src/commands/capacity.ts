import { type Command, Option } from "commander";
import { type CapacityTable, capacity, InputError } from "replicast";
import { EXIT_CODES, type ExitCode } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { addScenarioOptions, type ScenarioOptions } from "../scenario-options.ts";
import { withSession } from "../session.ts";

/** `capacity <scenario>`: κ(n), the load a replica carries at the SLO. */
export function capacityCommand(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const command = program
    .command("capacity")
    .argument("<scenario>", "folder with a scenario.yaml, or a scenario file")
    .description("find the load that one of n replicas carries while the SLO holds");
  // Known, so that it can be refused with the reason; of no use, so that help does not offer it.
  addScenarioOptions(command.addOption(new Option("--seed <seed>").hideHelp())).action(async (path: string, options: ScenarioOptions) => {
    if (options.seed !== undefined) throw new InputError([{ code: "seed_not_used", path: [], file: "--seed", data: {} }]);
    const table = await withSession(path, options, io, async ({ scenario, runOptions }) => {
      const { observers = [], onProgress } = runOptions;
      return capacity(scenario, { observers, onProgress: (progress) => onProgress?.({ stage: "capacity", ...progress }) });
    });
    io.out(options.json === true ? `${JSON.stringify(table)}\n` : renderCapacity(table));
    done(EXIT_CODES.good);
  });
}

/** Aligned columns; the total beside the share of one replica shows what pooling gains. */
function renderCapacity(table: CapacityTable): string {
  const rows = table.flatMap(({ deployment, points }) =>
    points.map(({ replicas, requestsPerSecond }) => [
      deployment,
      String(replicas),
      requestsPerSecond.toFixed(3),
      (replicas * requestsPerSecond).toFixed(2),
    ]),
  );
  const lines = [["deployment", "replicas", "requests/s each", "requests/s in all"], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => (line[column] as string).length)));
  const text = lines.map((line) =>
    line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number))).join("  "),
  );
  return `${text.join("\n")}\n`;
}
