import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parse, View, type ViewOptions } from "vega";
import { expect, it } from "vitest";
import { fixture } from "../../test/testing-fixture.ts";
import { renderComparisonHtml } from "../html.ts";

/** Path of the interpreter's build; undefined when it is not installed. */
const interpreterPath = ((): string | undefined => {
  try {
    return createRequire(import.meta.url).resolve("vega-interpreter");
  } catch {
    return undefined;
  }
})();

it.skipIf(interpreterPath === undefined)("draws every chart of the page without eval as with it (needs vega-interpreter)", async () => {
  const path = interpreterPath ?? "";
  const { expressionInterpreter } = (await import(path)) as { expressionInterpreter: NonNullable<ViewOptions["expr"]> };
  const page = renderComparisonHtml(fixture({ hours: 10, policies: ["a", "b"] }), {
    vegaRuntime: { vega: "var vega = {};", interpreter: readFileSync(path, "utf8") },
  });
  const specs = [...page.matchAll(/<script type="application\/json" id="chart-\d+">([\s\S]*?)<\/script>/g)].map(
    ([, text = ""]) => JSON.parse(text) as Parameters<typeof parse>[0],
  );
  expect(specs.length).toBeGreaterThan(13);
  for (const spec of specs) {
    const interpreted = await new View(parse(spec, undefined, { ast: true }), { renderer: "none", expr: expressionInterpreter }).toSVG();
    const evaluated = await new View(parse(spec), { renderer: "none" }).toSVG();
    expect(withoutIds(interpreted)).toBe(withoutIds(evaluated));
  }
});

/** Clip paths are numbered across all drawings of a process. */
function withoutIds(svg: string): string {
  return svg.replace(/clip\d+/g, "clip");
}
