import { defineConfig } from "vitest/config";

const src = (path: string) => new URL(`./packages/${path}.ts`, import.meta.url).pathname;
const inCi = process.env["CI"] !== undefined;

// Projects that start the built command, another process or a browser measure nothing, but take longer on a busy machine.
const SLOW_MILLISECONDS = 300_000;

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@replicast\/sim-core\/(metrics|score)$/, replacement: src("sim-core/src/$1/index") },
      { find: "@replicast/sim-core/testing", replacement: src("sim-core/src/testing") },
      { find: "@replicast/policies/testing", replacement: src("policies/src/testing") },
      { find: /^@replicast\/(sim-core|policies|promql|report)$/, replacement: src("$1/src/index") },
      { find: /^replicast$/, replacement: src("replicast/src/index") },
    ],
  },
  test: {
    reporters: inCi
      ? ["default", ["junit", { outputFile: "reports/junit.xml" }], ["json", { outputFile: "reports/tests.json" }]]
      : ["default"],
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**/*.ts"],
      reporter: ["text-summary", "json-summary"],
      reportsDirectory: "reports/coverage",
    },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: "threads",
    // one less than there are cores would be one, and half the machine idle
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: "unit", include: ["packages/*/src/**/*.test.ts", "packages/*/test/**/*.test.ts"] } },
      { extends: true, test: { name: "validation", include: ["validation/src/**/*.test.ts"], testTimeout: SLOW_MILLISECONDS } },
      { extends: true, test: { name: "conformance", include: ["conformance/**/*.test.ts"] } },
      {
        extends: true,
        test: { name: "tools", include: ["tools/**/*.test.ts"], exclude: ["tools/browser/**"], testTimeout: SLOW_MILLISECONDS },
      },
      { extends: true, test: { name: "scenarios", include: ["scenarios/**/*.test.ts"], testTimeout: SLOW_MILLISECONDS } },
      { extends: true, test: { name: "docs", include: ["docs/**/*.test.ts"], testTimeout: SLOW_MILLISECONDS } },
      { extends: true, test: { name: "browser", include: ["tools/browser/**/*.test.ts"], testTimeout: SLOW_MILLISECONDS } },
    ],
  },
});
