import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError, type Issue, PolicyTimeLimitError } from "replicast";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { PolicyProgram } from "./policy-program.ts";

const folder = mkdtempSync(join(tmpdir(), "program-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open: PolicyProgram[] = [];
afterEach(() => {
  for (const program of open.splice(0)) program.close(0);
});

/** A program of Node that begins by leaving its number in a file. */
function started(body: string, { timeLimitSeconds = 20, maxLineBytes = 1000 } = {}): PolicyProgram {
  const file = join(folder, `program-${open.length}.cjs`);
  const begin = `require("node:fs").writeFileSync(${JSON.stringify(join(folder, "pid"))}, String(process.pid));`;
  const lines = 'const lines = require("node:readline").createInterface({ input: process.stdin });';
  writeFileSync(file, `${begin}\n${lines}\n${body}\n`);
  return programOf([process.execPath, file], { timeLimitSeconds, maxLineBytes });
}

function programOf(command: readonly string[], limits = { timeLimitSeconds: 20, maxLineBytes: 1000 }): PolicyProgram {
  const program = new PolicyProgram({ command, folder, ...limits });
  open.push(program);
  return program;
}

function isAlive(file = "pid"): boolean {
  try {
    const pid = Number(readFileSync(join(folder, file), "utf8"));
    process.kill(pid, 0);
    // what has ended and nobody asks for is still listed, as a zombie
    return !(existsSync("/proc/self/stat") && / Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8")));
  } catch {
    return false;
  }
}

function issueOf(ask: () => unknown): Issue {
  try {
    ask();
  } catch (error) {
    if (error instanceof InputError) return error.issues[0] as Issue;
    throw error;
  }
  throw new Error("it was answered");
}

const ECHO = 'lines.on("line", (line) => console.log("got " + line));';

describe("a policy's program", () => {
  it("is asked one line after the other, while the caller waits for each answer", () => {
    const program = started(ECHO);
    expect(Array.from({ length: 50 }, (_, i) => program.ask(`${i} ä€`, i))).toEqual(Array.from({ length: 50 }, (_, i) => `got ${i} ä€`));
  });

  it("is gone when it is closed, also when it ignores the end of its input", () => {
    const program = started(`${ECHO} setInterval(() => {}, 1000); process.on("SIGTERM", () => {});`);
    program.ask("a", undefined);
    expect(isAlive()).toBe(true);
    program.close(50);
    expect(isAlive()).toBe(false);
  });

  it("takes with it what it has started", async () => {
    const child = `require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"])`;
    const program = started(`const child = ${child}; require("node:fs").writeFileSync("child", String(child.pid)); ${ECHO}`);
    program.ask("a", undefined);
    expect(isAlive("child")).toBe(true);
    program.close(0);
    await expect.poll(() => isAlive("child")).toBe(false);
  });

  it("that hangs ends the run with a limit, and is gone", () => {
    const program = started('lines.on("line", () => { process.stderr.write("thinking\\n"); });', { timeLimitSeconds: 4 });
    let error: unknown;
    try {
      program.ask("decide", 45);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(PolicyTimeLimitError);
    const { timeSeconds, limit, issue } = error as PolicyTimeLimitError;
    expect([timeSeconds, limit, issue.code]).toEqual([45, 4, "policy_time_limit"]);
    expect(issue.data?.["stderr"]).toContain("thinking");
    expect(isAlive()).toBe(false);
  });

  it.each([
    { body: 'lines.on("line", () => process.exit(7));', code: "policy_process_failed", says: "ended with exit code 7", because: "it dies" },
    {
      body: 'lines.on("line", () => { console.error("\\u001b[31mTraceback: boom"); process.exit(1); });',
      code: "policy_process_failed",
      says: "[31mTraceback: boom",
      because: "its last words are shown, and order a terminal nothing",
    },
    {
      body: 'lines.on("line", () => process.kill(process.pid, "SIGKILL"));',
      code: "policy_process_failed",
      says: "SIGKILL",
      because: "it is killed",
    },
    {
      body: 'lines.on("line", () => require("node:fs").closeSync(1));',
      code: "policy_process_failed",
      says: "closed its standard output",
      because: "nothing more can come",
    },
    {
      body: 'lines.on("line", () => process.stdout.write("x".repeat(5000)));',
      code: "policy_line_too_long",
      says: "1000",
      because: "a line has no end",
    },
    {
      body: 'lines.on("line", () => console.log("x".repeat(5000)));',
      code: "policy_line_too_long",
      says: "1000",
      because: "a line is too long",
    },
    {
      body: 'lines.on("line", () => { for (;;) require("node:fs").writeSync(1, "x".repeat(5000)); });',
      code: "policy_line_too_long",
      says: "1000",
      because: "it never stops",
    },
  ])("is refused when $because", async ({ body, code, says }) => {
    const issue = issueOf(() => started(body).ask("decide", 30));
    expect([issue.code, issue.data?.["timeSeconds"]]).toEqual([code, 30]);
    expect(JSON.stringify(issue.data)).toContain(says);
    expect(JSON.stringify(issue.data)).not.toContain("\\u001b");
    await expect.poll(() => isAlive()).toBe(false);
  });

  it("is refused when it says more than it was asked: answers would no longer belong to their questions", () => {
    const program = started('lines.on("line", (line) => console.log(line + "\\nalso this"));');
    program.ask("a", 0);
    const issue = issueOf(() => {
      for (let i = 0; i < 100; i++) program.ask("b", 15);
    });
    expect([issue.code, issue.data?.["actual"]]).toEqual(["policy_answer_invalid", "also this"]);
  });

  it("is refused when there is no such program", () => {
    const issue = issueOf(() => programOf(["no-such-program-anywhere"]).ask("hello", undefined));
    expect([issue.code, issue.data?.["message"]]).toEqual(["policy_process_failed", expect.stringMatching(/^cannot be started: .*ENOENT/)]);
  });
});
