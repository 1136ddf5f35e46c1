import { createRequire } from "node:module";

/** Version of the command's package. */
export const VERSION: string = (createRequire(import.meta.url)("../package.json") as { readonly version: string }).version;
