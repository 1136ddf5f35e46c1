import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { describe, expect, it } from "vitest";
import { fixture } from "../test/testing-fixture.ts";
import { type Displayable, displayComparison, displayRun, JUPYTER_DISPLAY } from "./display.ts";

const bundleOf = (value: Displayable): ReturnType<NonNullable<Displayable[symbol]>> => {
  const display = value[Symbol.for("Jupyter.display")];
  if (display === undefined) throw new Error("notebooks would not see it");
  return display();
};

describe("a comparison in a notebook", () => {
  const result = fixture({ hours: 3, policies: ["<b>a</b>", "b"] });
  it("is found under the symbol that the kernel looks for", () => {
    expect(JUPYTER_DISPLAY).toBe(Symbol.for("Jupyter.display"));
    expect(Object.keys(bundleOf(displayComparison(result)))).toEqual(["application/vnd.vegalite.v5+json", "text/html", "text/plain"]);
  });

  it.each(["comparison", "run"])("draws its charts in one picture, each with its own zoom: %s", async (what) => {
    const [run] = result.runs;
    if (run === undefined) throw new Error("the fixture has runs");
    const spec = bundleOf(what === "run" ? displayRun(run) : displayComparison(result))["application/vnd.vegalite.v5+json"];
    expect(spec["$schema"]).toContain("/v5");
    const svg = await new View(parse(compile(spec as unknown as TopLevelSpec).spec), { renderer: "none", logLevel: 1 }).toSVG();
    expect(svg).toMatch(/<svg/);
    expect(svg).not.toContain("var(--");
  });

  it("escapes names in HTML and opens the text with the verdict", () => {
    const bundle = bundleOf(displayComparison(result));
    expect(bundle["text/html"]).toContain("&lt;b&gt;a&lt;/b&gt;");
    expect(bundle["text/html"]).not.toContain("<b>");
    expect(bundle["text/plain"].startsWith(result.verdict)).toBe(true);
  });
});
