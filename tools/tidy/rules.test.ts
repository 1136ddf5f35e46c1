import { describe, expect, it } from "vitest";
import { bannedNames } from "./banned-names.ts";
import { importFault } from "./import-order.ts";
import { commentsOf, hasDefaultExport, importsOf } from "./imports.ts";
import { brokenLinks } from "./links.ts";

const used = (text: string): readonly string[] => bannedNames("probe.ts", text).map(({ name }) => name);

describe("banned names", () => {
  it.each([
    { text: "const now = Date.now();", names: ["Date"], because: "a clock" },
    { text: "let at: Date;", names: ["Date"], because: "a type leads to its values" },
    { text: "const x = Math.random();", names: ["Math.random"], because: "chance without a stream" },
    { text: "const x = Math.log(2) + Math.pow(2, 3);", names: ["Math.log", "Math.pow"], because: "engines differ" },
    { text: "const { exp } = Math;", names: ["Math"], because: "hides what is used" },
    { text: "const x = 2 ** 3; let y = 1; y **= 2;", names: ["**", "**"], because: "engines differ" },
    { text: "names.sort((a, b) => a.localeCompare(b));", names: ["localeCompare"], because: "the locale decides" },
    { text: 'import { readFileSync } from "node:fs";', names: ["node:fs"], because: "Node only" },
    { text: 'const fs = await import("node:fs");', names: ["node:fs"], because: "Node only, later" },
    { text: "globalThis.setTimeout(go, 1);", names: ["globalThis"], because: "a way round the list" },
  ])("finds $names in `$text`: $because", ({ text, names }) => {
    expect(used(text)).toEqual(names);
  });

  it.each([
    { text: "// Date.now() and Math.log", because: "a comment" },
    { text: 'const text = "process.exit(1) ** 2";', because: "a string" },
    { text: "const a = row.process; const b = { Date: 1, console: 2 };", because: "members" },
    { text: "function run(process: Child): void { process.start(); }", because: "the file's own name" },
    { text: "const x = Math.sqrt(Math.abs(-4)) + Math.PI;", because: "exact by definition" },
  ])("lets `$text` pass: $because", ({ text }) => {
    expect(used(text)).toEqual([]);
  });

  it("says the line and the replacement", () => {
    expect(bannedNames("probe.ts", "\n\nconst x = Math.exp(1);")).toEqual([
      { line: 3, name: "Math.exp", instead: expect.stringContaining("random/real.ts") },
    ]);
  });

  it("allows a file what it was given", () => {
    expect(bannedNames("zones.ts", "new Intl.DateTimeFormat(); new Date();", new Set(["Intl"])).map(({ name }) => name)).toEqual(["Date"]);
  });
});

describe("import order", () => {
  const core = "packages/sim-core/src";
  it.each([
    { path: `${core}/serving/gateway.ts`, specifier: "../cluster/pod.ts", fault: /siblings/ },
    { path: `${core}/kernel/kernel.ts`, specifier: "../world/world.ts", fault: /right of/ },
    { path: `${core}/score/slo.ts`, specifier: "../world/world.ts", fault: /right of/ },
    { path: `${core}/metrics/scrape.ts`, specifier: "../index.ts", fault: /gathers/ },
    { path: `${core}/simulate.ts`, specifier: "@replicast/policies", fault: /no workspace package/ },
    { path: "packages/policies/src/index.ts", specifier: "replicast", fault: /must not import replicast/ },
    { path: "packages/policies/src/index.ts", specifier: "../../sim-core/src/index.ts", fault: /deep import/ },
    { path: "packages/policies/src/index.ts", specifier: "./hpa", fault: /\.ts/ },
  ])("refuses $specifier in $path", ({ path, specifier, fault }) => {
    expect(importFault(path, specifier)).toMatch(fault);
  });

  it.each([
    { path: `${core}/simulate.ts`, specifier: "./world/world.ts" },
    { path: `${core}/scenario/build.ts`, specifier: "../score/config.ts" },
    { path: `${core}/serving/replica.ts`, specifier: "../kernel/kernel.ts" },
    { path: `${core}/serving/latency/linear.ts`, specifier: "../config.ts" },
    { path: `${core}/units/duration.ts`, specifier: "../errors.ts" },
    { path: `${core}/index.ts`, specifier: "./world/world.ts" },
    { path: "packages/cli/src/main.ts", specifier: "replicast" },
  ])("allows $specifier in $path", ({ path, specifier }) => {
    expect(importFault(path, specifier)).toBeUndefined();
  });

  it("wants a place for every new folder of the core", () => {
    expect(() => importFault(`${core}/gossip/talk.ts`, "../errors.ts")).toThrow(/gossip has no place/);
  });
});

describe("reading sources", () => {
  it("sees every way to import", () => {
    const text = 'import a from "a";\nexport * from "b";\nconst c = import("c");\ntype D = import("d").D;\n';
    expect(importsOf("probe-imports.ts", text).map(({ specifier }) => specifier)).toEqual(["a", "b", "c", "d"]);
  });

  it("tells default exports from named ones", () => {
    expect(hasDefaultExport("one.ts", "export default 1;")).toBe(true);
    expect(hasDefaultExport("two.ts", "export default function go(): void {}")).toBe(true);
    expect(hasDefaultExport("three.ts", "export const value = 1;")).toBe(false);
  });

  it("finds comments with their lines and nothing else", () => {
    expect(commentsOf('const a = "// no";\n// yes\n')).toEqual([{ line: 2, text: "// yes" }]);
  });

  it("finds links to files and headings that are not there", () => {
    expect(brokenLinks("README.md", "[a](no-such-file.md) [b](https://example.com) `[c](x.md)`")).toEqual([
      "README.md: no-such-file.md does not exist",
    ]);
  });
});
