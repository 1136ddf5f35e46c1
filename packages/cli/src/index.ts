export { EXIT_CODES, type ExitCode } from "./exit-codes.ts";
export { createFiles } from "./files.ts";
export { type Io, processIo } from "./io.ts";
export type { LocateOptions } from "./locate.ts";
export { createScenarioCode, type ScenarioCode } from "./process/scenario-code.ts";
export { main } from "./program.ts";
