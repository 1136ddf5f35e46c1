import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../../packages/cli/dist/index.js";
import { ROOT } from "../tidy/files.ts";
import { chromiumPath, launch } from "./chromium.ts";

const path = chromiumPath();
const because = path === undefined ? " (skipped: no Chromium; set $CHROMIUM)" : "";
const OUT = join(ROOT, "reports/browser");

// In CI a missing browser is a failure of the set-up, not a reason to look away.
describe.skipIf(path === undefined && process.env["CI"] === undefined)(`in Chromium${because}`, () => {
  let browser: Browser;

  beforeAll(async () => {
    mkdirSync(OUT, { recursive: true });
    browser = await launch(path ?? "chromium");
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
  });

  it("the libraries give the same bytes as in Node", async () => {
    const bundle = join(OUT, "probe.mjs");
    await build({
      entryPoints: [join(ROOT, "tools/browser/probe.ts")],
      bundle: true,
      format: "esm",
      platform: "browser",
      outfile: bundle,
      logLevel: "silent",
    });
    const { probe } = (await import(pathToFileURL(bundle).href)) as { readonly probe: () => Promise<string> };
    const inNode = await probe();
    const page = await browser.newPage();
    // A text rather than a function: the test runner would rewrite its import.
    const inBrowser = await page.evaluate<string>(`(async () => {
      const module = new Blob([${JSON.stringify(readFileSync(bundle, "utf8"))}], { type: "text/javascript" });
      return (await import(URL.createObjectURL(module))).probe();
    })()`);
    await page.close();
    expect(inNode.length).toBeGreaterThan(10_000);
    expect(inBrowser === inNode).toBe(true);
  });

  it("the report opens from a file, draws its charts under its own security policy and asks the network for nothing", async () => {
    rmSync(OUT, { recursive: true, force: true });
    mkdirSync(OUT, { recursive: true });
    const errors: string[] = [];
    const io = { ...silentIo(), workingFolder: OUT, invocation: "replicast", err: (text: string) => void errors.push(text) };
    await main(["init", "starter"], io);
    expect(await main(["compare", "starter", "--set", "duration=40m", "--out", "report", "--quiet"], io), errors.join("")).toBe(0);

    const page = await browser.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => requests.push(request.url()));
    const url = pathToFileURL(join(OUT, "report/report.html")).href;
    await page.goto(url);
    const charts = await page.locator('script[id^="chart-"]').count();
    expect(charts).toBeGreaterThan(10);
    await page.waitForFunction((count) => document.querySelectorAll("svg.marks, canvas.marks").length >= count, charts, {
      timeout: 30_000,
    });
    expect(complaints).toEqual([]);
    expect(requests.filter((request) => !request.startsWith("data:") && !request.startsWith("blob:"))).toEqual([url]);
    expect(await page.locator("table").count()).toBeGreaterThan(2);
    await page.screenshot({ path: join(OUT, "report.png"), fullPage: true });
    await page.close();
  });
});

function silentIo() {
  return {
    out: () => undefined,
    err: () => undefined,
    errIsTerminal: false,
    outColumns: undefined,
    color: false,
    env: {},
    clockSeconds: () => performance.now() / 1000,
  };
}
