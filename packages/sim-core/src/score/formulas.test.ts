import { expect, it } from "vitest";
import { runResult } from "../../test/run-result.ts";
import { loadExpressions } from "./expression.ts";
import { applyFormulas, compileFormulas, NO_EXPRESSIONS } from "./formulas.ts";

const compiler = await loadExpressions();

it("computes derived metrics and cost lines from a result, whatever the order they are written in", () => {
  const { expressions, issues } = compileFormulas(compiler, {
    derive: { total: "cost.monthlyUsd + costs.egress", good: "requests.completed / requests.arrived" },
    costs: { egress: "0.01 * outputTokens" },
  });
  const result = applyFormulas(runResult(), expressions);
  expect(issues).toEqual([]);
  expect(result.derived).toEqual({ total: 7400, good: 0.95 });
  expect(result.cost.extra).toEqual({ egress: 100 });
  expect(result.cost.monthlyUsd).toBe(7300);
});

it("leaves a formula out when the run gives it no value", () => {
  const { expressions } = compileFormulas(compiler, {
    derive: { none: "0 / preemptions", queue: "queue.p95Seconds * 2", one: "1" },
    costs: {},
  });
  expect(applyFormulas(runResult(), expressions).derived).toEqual({ one: 1 });
});

it("returns the very result when there is nothing to compute", () => {
  const result = runResult();
  expect(applyFormulas(result, NO_EXPRESSIONS)).toBe(result);
});

it("refuses formulas that read each other in a circle, and names them all", () => {
  const { issues } = compileFormulas(compiler, { derive: { a: "derive.b", b: "costs.c", free: "1" }, costs: { c: "derive.a" } });
  expect(issues).toEqual([
    { code: "expression_cycle", path: ["derive", "a"] },
    { code: "expression_cycle", path: ["derive", "b"] },
    { code: "expression_cycle", path: ["costs", "c"] },
  ]);
});

it("says in which formula something is wrong", () => {
  const { issues } = compileFormulas(compiler, { derive: { a: "cost.monthly" }, costs: { c: "1 +" } });
  expect(issues).toMatchObject([
    { code: "unknown_metric", path: ["derive", "a"], data: { text: "cost.monthly" } },
    { code: "expression_syntax", path: ["costs", "c"] },
  ]);
});
