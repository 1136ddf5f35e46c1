import { describe, expect, it } from "vitest";
import { StreamColumns } from "./stream-columns.ts";
import { createStreams } from "./streams.ts";

describe("streams in columns", () => {
  it("yield what the streams of the same names yield, each undisturbed by its neighbours", () => {
    const streams = createStreams("7");
    const columns = new StreamColumns("clients");
    const names = Array.from({ length: 40 }, (_, row) => `client/${row}`);
    names.forEach((name, row) => {
      columns.seed(row, streams.seedState(name));
    });
    for (let draw = 0; draw < 50; draw++) {
      names.forEach((name, row) => {
        columns.row = row;
        expect(columns.uniform()).toBe(streams.get(name).uniform());
      });
    }
  });

  it("go on where they were when they are saved and restored", () => {
    const streams = createStreams("7");
    const columns = new StreamColumns("clients");
    columns.seed(0, streams.seedState("a"));
    columns.seed(30, streams.seedState("b"));
    columns.row = 30;
    columns.uniform();
    const copy = new StreamColumns("clients");
    copy.restore(columns.save());
    copy.row = 30;
    expect(copy.uniform()).toBe(columns.uniform());
    copy.row = 0;
    columns.row = 0;
    expect(copy.uniform()).toBe(columns.uniform());
  });
});
