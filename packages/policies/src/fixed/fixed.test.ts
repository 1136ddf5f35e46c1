import { describe, expect, it } from "vitest";
import { configOf, drive, testContext } from "../testing.ts";
import { fixed } from "./fixed.ts";

describe("the fixed policy", () => {
  it("asks for its number whatever the scale target shows", () => {
    const config = configOf(fixed, { kind: "fixed", name: "five", replicas: 5 });
    const wanted = drive(fixed, config, [
      { atSeconds: 0, scale: 1 },
      { atSeconds: 3600, scale: 9 },
    ]).map((step) => step.decision?.desiredReplicas);
    expect(wanted).toEqual([5, 5]);
  });

  it.each([
    { raw: {}, code: "missing_key", path: [], because: "a fleet has a size" },
    { raw: { replicas: "5" }, code: "wrong_type", path: ["replicas"], because: "a text is no count" },
    { raw: { replicas: 2.5 }, code: "out_of_range", path: ["replicas"], because: "there are no half replicas" },
    { raw: { replicas: -1 }, code: "out_of_range", path: ["replicas"], because: "there are no negative ones" },
    { raw: 7, code: "wrong_type", path: [], because: "an entry is a mapping" },
  ])("refuses $raw: $because", ({ raw, code, path }) => {
    const parsed = fixed.parseConfig(raw, testContext());
    expect(parsed.ok ? [] : parsed.issues.map((issue) => ({ code: issue.code, path: issue.path }))).toEqual([{ code, path }]);
  });
});
