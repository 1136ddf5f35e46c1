import { describe, expect, it } from "vitest";
import { RECORD_CELLS, viewColumns, viewLists } from "./records.ts";
import { RequestTable } from "./request-table.ts";
import { SlotLists } from "./slot-lists.ts";

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `column-${i}`);

describe("records", () => {
  it("keep as many columns as they have cells, each apart from the others of every record", () => {
    const owner: Record<string, Int32Array> = {};
    const cells = new Int32Array(2 * RECORD_CELLS);
    viewColumns(owner, names(RECORD_CELLS), cells);
    names(RECORD_CELLS).forEach((name, i) => {
      for (const record of [0, 1]) (owner[name] as Int32Array)[record * RECORD_CELLS] = 100 * record + i;
    });
    expect([...cells]).toEqual([...Array(RECORD_CELLS).keys(), ...Array.from({ length: RECORD_CELLS }, (_, i) => 100 + i)]);
  });

  it("refuse one column more, which would be the next record's first one", () => {
    expect(() => viewColumns({} as Record<string, Int32Array>, names(RECORD_CELLS + 1), new Int32Array(64))).toThrow("record_full");
  });

  it("keep five lists, and refuse a sixth", () => {
    const lists = Array.from({ length: 6 }, () => new SlotLists(new RequestTable()));
    viewLists(lists.slice(0, 5), new Int32Array(RECORD_CELLS));
    expect(() => viewLists(lists, new Int32Array(RECORD_CELLS))).toThrow("record_full");
  });
});
