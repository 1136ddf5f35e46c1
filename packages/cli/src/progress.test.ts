import { describe, expect, it } from "vitest";
import { testIo } from "../test/test-io.ts";
import { createProgressLine } from "./progress.ts";

const STEP = { stage: "run", policy: "HPA", index: 1, total: 5, share: 0.42 } as const;

describe("the progress line", () => {
  it("is drawn over and over on a terminal, and removed in the end", () => {
    const io = testIo({ errIsTerminal: true, clockSeconds: steadyClock() });
    const line = createProgressLine(io, false);
    line.report(STEP);
    line.report({ stage: "capacity", deployment: "chat", replicas: 4, requestsPerSecond: 1.234567 });
    line.clear();
    expect(io.errText()).toBe(
      "\r\u001b[2Krunning HPA (2 of 5): 42 %\r\u001b[2Kcapacity of chat: 4 replica(s) at 1.23 requests/s each\r\u001b[2K",
    );
  });

  it("is not drawn more often than a reader can see", () => {
    const io = testIo({ errIsTerminal: true, clockSeconds: () => 7 });
    const line = createProgressLine(io, false);
    for (let i = 0; i < 100; i++) line.report(STEP);
    expect(io.errText().match(/running/g)).toHaveLength(1);
  });

  it.each([
    { errIsTerminal: false, quiet: false, because: "standard error is a file" },
    { errIsTerminal: true, quiet: true, because: "the user wants quiet" },
  ])("writes nothing when $because", ({ errIsTerminal, quiet }) => {
    const io = testIo({ errIsTerminal });
    const line = createProgressLine(io, quiet);
    line.report(STEP);
    line.clear();
    expect(io.errText()).toBe("");
  });
});

function steadyClock(): () => number {
  let now = 0;
  return () => now++;
}
