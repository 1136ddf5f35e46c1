/**
 * Cycles, deep imports and the order of packages, seen by a second pair of eyes: tools/tidy.test.ts checks the same order by
 * name; this looks at what the specifiers resolve to.
 */
const packages = ["sim-core", "promql", "policies", "report", "replicast", "cli"];
const mayImport = {
  "sim-core": [],
  promql: [],
  policies: ["sim-core", "promql"],
  report: ["sim-core"],
  replicast: ["report", "policies", "sim-core", "promql"],
  cli: ["replicast", "report", "policies", "sim-core", "promql"],
};

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      comment: "Two files that need each other are one file, or miss a third.",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "libraries-run-anywhere",
      comment: "Only cli knows Node: hand files and threads in.",
      severity: "error",
      from: { path: "^packages/(sim-core|promql|policies|report|replicast)/src/", pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "no-deep-imports",
      comment: "Import what a package exports, by its name.",
      severity: "error",
      from: { path: "^packages/([^/]+)/src/", pathNot: "\\.test\\.ts$" },
      to: { path: "^packages/([^/]+)/src/", pathNot: "^packages/$1/", dependencyTypes: ["local"] },
    },
    ...packages.map((name) => ({
      name: `order-${name}`,
      comment: `${name} may import ${mayImport[name].join(", ") || "no workspace package"}.`,
      severity: "error",
      from: { path: `^packages/${name}/src/` },
      to: { path: `^packages/(${packages.filter((other) => other !== name && !mayImport[name].includes(other)).join("|") || "none"})/` },
    })),
    {
      name: "no-unlisted-dependencies",
      comment: "A package lists what it imports.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/", pathNot: "\\.test\\.ts$" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", "unknown"] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)dist/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "default"],
      extensions: [".ts", ".js", ".json"],
    },
  },
};
