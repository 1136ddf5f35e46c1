import { describe, expect, it } from "vitest";
import { fixture } from "../test/testing-fixture.ts";
import { heldBackLines } from "./held-back.ts";
import { notesSection } from "./html/sections/notes.ts";
import { renderComparisonTable } from "./table.ts";

describe("what clients held back", () => {
  const result = fixture({ hours: 1, policies: ["at once", "in time"] });
  const line =
    "in time: what its clients wait for made llama-70b send 12 requests late by 400 ms on average, 3.00 s at most, and 2 requests never.";

  it("is told per policy and stream, where there is something to tell", () => {
    expect(heldBackLines(result.runs)).toEqual([line]);
  });

  it("is said in the terminal and on the page", () => {
    expect(renderComparisonTable(result, { width: 400 })).toContain(line);
    expect(notesSection(result).markup).toContain(line);
  });
});
