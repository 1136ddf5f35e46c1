import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expectedDigest } from "../../tools/golden.mjs";

const LOADS = ["decode-heavy", "prefill-heavy", "bursts", "mixed-lengths"] as const;
const SIGNALS = ["GPU utilisation", "queue depth", "KV cache", "token load", "TTFT p95"] as const;

interface Cell {
  readonly monthlyUsd: number;
  readonly attainment: number;
  readonly sloMet: boolean;
}

const README = readFileSync(new URL("README.md", import.meta.url), "utf8");

function cell(load: string, signal: string): Cell {
  const found = expectedDigest(`which-signal/${load}`)?.policies[signal];
  if (found === undefined) throw new Error(`${signal} was not run on ${load}`);
  return found as Cell;
}

const money = (usd: number): string => `$${Math.round(usd).toLocaleString("en-US")}`;
const missedPercent = (attainment: number): string => `${Number((100 * (1 - attainment)).toFixed(1))} %`;

function rowOf(load: string): string {
  const cells = SIGNALS.map((signal) => cell(load, signal));
  const best = Math.min(...cells.filter(({ sloMet }) => sloMet).map(({ monthlyUsd }) => monthlyUsd));
  const texts = cells.map(({ monthlyUsd, attainment, sloMet }) => {
    const text = `${money(monthlyUsd)} · ${missedPercent(attainment)}`;
    if (!sloMet) return `*missed* ${text}`;
    return monthlyUsd === best ? `**${text}**` : text;
  });
  return `| ${[load, ...texts].join(" | ")} |`;
}

describe("which signal to scale on", () => {
  it.each(LOADS)("is told for %s as it came out", (load) => {
    expect(README).toContain(rowOf(load));
  });

  it("is no question of the load for tokens, and for GPU utilisation only one of money", () => {
    for (const load of LOADS) {
      expect(cell(load, "token load").sloMet).toBe(true);
      expect(cell(load, "GPU utilisation").monthlyUsd).toBeGreaterThan(2 * cell(load, "token load").monthlyUsd);
    }
  });

  it("is answered wrongly by the queue everywhere, and by the cache where compute or the batch is short", () => {
    for (const load of LOADS) expect(cell(load, "queue depth").sloMet).toBe(false);
    for (const load of ["decode-heavy", "prefill-heavy", "bursts"]) expect(cell(load, "KV cache").sloMet).toBe(false);
  });
});
