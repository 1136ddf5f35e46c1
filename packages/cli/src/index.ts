export { EXIT_CODES, type ExitCode } from "./exit-codes.ts";
export { type Io, processIo } from "./io.ts";
export { main } from "./program.ts";
