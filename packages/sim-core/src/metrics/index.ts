export * from "./catalogue.ts";
export type * from "./config.ts";
