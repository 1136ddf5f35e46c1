import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Script } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fixture } from "../test/testing-fixture.ts";
import { withForesight } from "../test/with-foresight.ts";
import { escapeHtml, html, scriptCode, scriptJson } from "./html/markup.ts";
import { PAGE_SCRIPT } from "./html/page-script.ts";
import { runtimeScripts } from "./html/runtime.ts";
import { shortened } from "./html/sections/decisions.ts";
import { renderComparisonHtml } from "./html.ts";

/** Stands for the libraries where only the page around them is looked at. */
const vegaRuntime = {
  vega: "var vega = {};",
  interpreter: "import { isString } from 'vega-util';\nconst expression = 1;\nexport { expression as expressionInterpreter };",
};
const page = (options: Parameters<typeof fixture>[0] = { hours: 2 }): string => renderComparisonHtml(fixture(options), { vegaRuntime });

/** Contents of the page's script elements, with their attributes. */
function scriptsOf(text: string): readonly { readonly attributes: string; readonly code: string }[] {
  return [...text.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)].map(([, attributes = "", code = ""]) => ({ attributes, code }));
}

const HOSTILE = `</script><script>alert(1)</script><img src=x onerror=alert(1)>" onload='alert(2)' <!-- & \u0007`;

describe("the page", () => {
  it("is the same bytes for the same result", () => {
    expect(page()).toBe(page());
  });

  it("allows exactly the scripts and the style it contains, by hash, and nothing from anywhere", () => {
    const text = page();
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(text)?.[1]?.replaceAll("&#39;", "'") ?? "";
    const hash = (code: string): string => `'sha256-${createHash("sha256").update(code).digest("base64")}'`;
    const code = scriptsOf(text)
      .filter(({ attributes }) => attributes === "")
      .map((script) => script.code);
    expect(code).toHaveLength(3);
    expect(policy).toContain(`script-src ${code.map(hash).join(" ")};`);
    expect(policy).toContain(`style-src ${hash(/<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? "")};`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|http|\*/);
  });

  it("refers to nothing outside itself and has no inline style or handler", () => {
    const markup = page().replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>/g, "");
    expect(markup).not.toMatch(/\s(src|style|on\w+)=/);
    expect([...markup.matchAll(/href="([^"]*)"/g)].every(([, target = ""]) => target.startsWith("#"))).toBe(true);
  });

  it("holds a chart for every figure, each with the JSON it is drawn from", () => {
    const text = page();
    const wanted = [...text.matchAll(/data-spec="([^"]*)"/g)].map(([, id]) => id);
    const given = scriptsOf(text).flatMap(({ attributes, code }) => {
      const id = /id="(chart-\d+)"/.exec(attributes)?.[1];
      if (id !== undefined) expect(JSON.parse(code)).toHaveProperty("marks");
      return id === undefined ? [] : [id];
    });
    expect(wanted).toEqual(given);
    expect(wanted.length).toBeGreaterThan(14);
  });

  it("links every entry of its contents to a section that exists, and names all parts for screen readers", () => {
    const text = page();
    for (const [, id] of text.matchAll(/href="#([^"]*)"/g)) expect(text).toContain(`id="${id}"`);
    for (const [, id] of text.matchAll(/aria-labelledby="([^"]*)"/g)) expect(text).toContain(`id="${id}"`);
    expect(text.match(/<h1/g)).toHaveLength(1);
    expect(text).toContain('<html lang="en">');
    expect(text.match(/<table/g)?.length).toBe(text.match(/<caption>/g)?.length);
  });

  it("shows forecasts with their errors where a policy decided by one, and says nothing of them elsewhere", () => {
    const text = page();
    expect(text).toContain('<a href="#forecasts">Forecasts</a>');
    const section = /<section id="forecasts"[\s\S]*?<\/section>/.exec(text)?.[0] ?? "";
    for (const words of ["holtWinters", "12.0%", "20.0%", "0.035/s", "Made 5 min ahead, with the interval meant for 80%."]) {
      expect(section).toContain(words);
    }
    expect(page({ hours: 2, policies: ["hpa", "fixed"] })).not.toContain('id="forecasts"');
  });

  it("says what counts: verdict, bill, equation, hours extrapolated from, seed and hash", () => {
    const result = fixture();
    const text = renderComparisonHtml(result, { vegaRuntime });
    for (const part of [
      escapeHtml(result.verdict),
      result.scenario.hash,
      "from</dt><dd>24 h",
      "× 730",
      "ScaleDownStabilized",
      "Europe/Berlin",
      "loading weights",
      "s own metrics",
      "costPerUser",
      "egress $/month",
      "Pods started",
    ])
      expect(text).toContain(part);
  });

  it("has a part on perfect foresight, with a line for each policy, where it was asked for and only there", () => {
    const text = renderComparisonHtml(withForesight(fixture({ hours: 2 })), { vegaRuntime });
    const section = /<section id="foresight"[\s\S]*?<\/section>/.exec(text)?.[0] ?? "";
    for (const said of ["Nothing that meets the SLO costs less than $1,000", "metric age", "−$250", "keda-queue"])
      expect(section).toContain(said);
    expect(text).toContain('href="#foresight"');
    expect(page()).not.toContain("foresight");
  });

  it("names the equation's inputs for what they are, and whose latencies percentiles are about", () => {
    const text = page();
    for (const part of [
      ">Needed replicas, average<",
      ">Paid start time<",
      "on a node still booting",
      "Latency percentiles of completed requests",
      "TTFT p95 is of completed requests",
      "fail nothing",
    ])
      expect(text).toContain(part);
    expect(text).not.toContain("Load time");
  });

  it("opens each decision to the sentences that lead to it", () => {
    const plain = fixture({ policies: ["one"], hours: 1 });
    const [first] = plain.runs;
    const decisions = (first?.decisions ?? []).slice(0, 1).map((each) => ({
      ...each,
      evidence: { controller: "keda-operator", triggers: [{ metric: "s0", error: "<b>no</b> answer" }] },
      reason: "TriggerError",
    }));
    const text = renderComparisonHtml({ ...plain, runs: plain.runs.map((run) => ({ ...run, decisions })) }, { vegaRuntime });
    expect(text).toContain(
      '<details class="evidence"><summary>a trigger fails and nothing stands in for it, so KEDA leaves the replicas as they are</summary><ul><li>s0 failed: &lt;b&gt;no&lt;/b&gt; answer.</li>',
    );
  });

  it("says in a sentence that every request was completed, instead of drawing an empty chart", () => {
    const result = fixture({ hours: 2 });
    const fates = { rejected: 0, timedOut: 0, cutOff: 0, cancelled: 0 };
    const runs = result.runs.map((run, index) => ({
      ...run,
      requests: { ...fates, arrived: 100, completed: 97 - index, inFlight: 3 + index },
    }));
    const text = renderComparisonHtml({ ...result, runs }, { vegaRuntime });
    expect(text).toContain("None, under any policy");
    expect(text).toContain("Still in flight when the run ended, and not counted here: 3 to 7 per policy.");
    const lossy = renderComparisonHtml(fixture({ hours: 24 }), { vegaRuntime });
    expect(lossy).not.toContain("None, under any policy");
    expect(lossy).toContain("not counted here: 7 per policy");
  });

  it("turns hostile names into text, wherever they stand", () => {
    const result = fixture({ hours: 2, policies: [HOSTILE, "b"], scenarioName: HOSTILE, deployments: [HOSTILE] });
    const hostile = {
      ...result,
      verdict: HOSTILE,
      assumptions: [HOSTILE, `2 ${HOSTILE}`],
      scenario: { ...result.scenario, description: HOSTILE, timeZone: HOSTILE, seed: HOSTILE, hash: HOSTILE },
    };
    const text = renderComparisonHtml(hostile, { vegaRuntime });
    // As long as the hostile one: the fixture is seeded by the length.
    const tame = page({ hours: 2, policies: ["a", "b"], deployments: ["x".repeat(HOSTILE.length)] });
    expect(scriptsOf(text).length).toBe(scriptsOf(tame).length);
    expect(text).not.toMatch(/<img|<script>alert|<!--/);
    expect(text.match(/<[a-z]+/g)?.length).toBe(tame.match(/<[a-z]+/g)?.length);
    for (const { code, attributes } of scriptsOf(text)) if (attributes.includes("json")) JSON.parse(code);
  });

  it("stays under 2 MB for a busy day of five policies, libraries included", () => {
    const require = createRequire(import.meta.url);
    const vega = readFileSync(join(dirname(require.resolve("vega")), "vega.min.js"), "utf8");
    const busy = fixture({ hours: 24, requiredStepSeconds: 1, decisionPeriodSeconds: 5 });
    expect(busy.runs[0]?.deployments[0]?.required.length).toBeGreaterThan(20_000);
    const text = renderComparisonHtml(busy, { vegaRuntime: { ...vegaRuntime, vega } });
    expect(text.length).toBeLessThan(2_000_000);
  });
});

describe("markup", () => {
  it("cannot be left by any text put into it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const { markup } = html`<p title="${text}">${text}</p>`;
        expect(markup.match(/[<>]/g)).toHaveLength(4);
        expect(markup.match(/"/g)).toHaveLength(2);
      }),
      { seed: 2 },
    );
  });

  it("keeps JSON in a script element the same value, without a single <", () => {
    fc.assert(
      fc.property(fc.json(), fc.string({ unit: "binary" }), (json, text) => {
        const value: unknown = [JSON.parse(json), text, "</script><!--"];
        const { markup } = scriptJson(value);
        expect(markup).not.toContain("<");
        expect(JSON.parse(markup)).toEqual(value);
      }),
      { seed: 4 },
    );
  });

  it("keeps a library's code from ending its script, and its strings what they were", () => {
    const code = scriptCode('globalThis.kept = "</script><!--";\r\n//# sourceMappingURL=x.map');
    expect(code).not.toMatch(/<\/script|<!--|\r|sourceMappingURL/);
    const context: Record<string, unknown> = { globalThis: {} };
    new Script(code).runInNewContext(context);
    expect((context["globalThis"] as { kept?: string }).kept).toBe("</script><!--");
  });
});

describe("the scripts", () => {
  it("parse as classic scripts", () => {
    expect(() => new Script(PAGE_SCRIPT)).not.toThrow();
    for (const script of runtimeScripts(vegaRuntime)) expect(() => new Script(script)).not.toThrow();
  });

  it("take the interpreter's imports from Vega and leave its export there", () => {
    const interpreter =
      "import { isString as text, isArray } from 'vega-util';\nfunction expression() { return [text, isArray]; }\nexport { expression as expressionInterpreter };\n//# sourceMappingURL=a.map";
    const context = { vega: { isString: "s", isArray: "a" } as Record<string, unknown> };
    new Script(runtimeScripts({ vega: "", interpreter })[1] ?? "").runInNewContext(context);
    expect((context.vega["expressionInterpreter"] as () => unknown)()).toEqual(["s", "a"]);
  });

  it("refuse an interpreter that is built differently, instead of writing a page that cannot draw", () => {
    expect(() => runtimeScripts({ vega: "", interpreter: "module.exports = {}" })).toThrow("expected an ES module");
    expect(() =>
      runtimeScripts({ vega: "", interpreter: "import { x } from 'elsewhere';\nexport { x as expressionInterpreter };" }),
    ).toThrow("expected an ES module");
  });
});

it("cuts a long reason at a character, not within one", () => {
  expect(shortened("😀".repeat(500))).toMatch(/^(😀){220}…$/u);
  expect(shortened("waiting = 12.3")).toBe("waiting = 12.3");
});
