import fc from "fast-check";
import { it } from "vitest";
import { ANY_FEATURES, byKind, FAST, play, REFERENCE, workloadsWith } from "../../test/engine-rig.ts";
it("dbg", () => {
  const r = fc.check(fc.property(workloadsWith(ANY_FEATURES), (w) => JSON.stringify(byKind(play(w, FAST))) === JSON.stringify(byKind(play(w, REFERENCE)))), { numRuns: Number(process.env["RUNS"] ?? 2000), ...(process.env["SEED"] ? { seed: Number(process.env["SEED"]) } : {}) });
  console.log(r.failed, r.numRuns, r.seed);
  if (r.failed && r.counterexample) {
    const w = r.counterexample[0];
    console.log(JSON.stringify({ ...w, latency: w.latency.perContextTokenSeconds }, null, 0));
    console.log(r.errorInstance instanceof Error ? r.errorInstance.stack : "");
    const a = play(w, FAST); const b = play(w, REFERENCE);
    console.log(a.map((x) => JSON.stringify(x)).join("\n")); console.log("REF"); console.log(b.map((x) => JSON.stringify(x)).join("\n"));
  }
}, 500000);
