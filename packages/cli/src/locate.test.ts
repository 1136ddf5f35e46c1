import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError } from "replicast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocateOptions, locateFile } from "./locate.ts";

let root: string;

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "locate-")));
  for (const folder of ["chat", "chat/sub", "data/samples", "data/traces"]) mkdirSync(join(root, folder), { recursive: true });
  for (const file of [
    "chat/scenario.yaml",
    "chat/hpa.yaml",
    "chat/sub/keda.yaml",
    "secret.txt",
    "mine.csv",
    "data/samples/hour.csv",
    "data/traces/day.csv.gz",
    "data/README",
  ]) {
    writeFileSync(join(root, file), "");
  }
  symlinkSync(join(root, "secret.txt"), join(root, "chat/link.txt"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const options = (changes: Partial<LocateOptions> = {}): LocateOptions => ({
  workingFolder: root,
  scenarios: ["chat/scenario.yaml"],
  traces: [],
  dataFolder: join(root, "data"),
  allowOutside: false,
  ...changes,
});

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof InputError) return error.issues[0]?.code;
    throw error;
  }
  return undefined;
}

describe("locateFile", () => {
  it.each([
    { name: "chat/scenario.yaml", path: "chat/scenario.yaml", because: "the command line names it" },
    { name: "chat/hpa.yaml", path: "chat/hpa.yaml", because: "it lies beside the scenario" },
    { name: "chat/sub/keda.yaml", path: "chat/sub/keda.yaml", because: "folders within are fine" },
    { name: "data:hour.csv", path: "data/samples/hour.csv", because: "samples are looked through" },
    { name: "data:day.csv", path: "data/traces/day.csv.gz", because: "so are traces, compressed ones under their plain name" },
    { name: "data:traces/day.csv.gz", path: "data/traces/day.csv.gz", because: "or by their place" },
    { name: "chat/hour.csv", path: "data/samples/hour.csv", because: "what is not beside the scenario may be in the data folder" },
  ])("finds $name: $because", ({ name, path }) => {
    expect(locateFile(name, options())).toBe(join(root, path));
  });

  it("prefers a file of the scenario to one of the data folder", () => {
    writeFileSync(join(root, "chat/hour.csv"), "");
    expect(locateFile("chat/hour.csv", options())).toBe(join(root, "chat/hour.csv"));
    rmSync(join(root, "chat/hour.csv"));
  });

  it.each([
    { name: "chat/../secret.txt", because: "it leads out of the folder" },
    { name: "/etc/hostname", because: "it is absolute" },
    { name: "/etc/no-such-file", because: "a refusal must not tell what exists" },
    { name: "chat/link.txt", because: "a link leads out, too" },
    { name: "chatter.csv", because: "a name that begins like the folder is not within it" },
  ])("refuses $name: $because", ({ name }) => {
    expect(codeOf(() => locateFile(name, options()))).toBe("file_outside");
  });

  it.each([
    { name: "data:../secret.txt", because: "the data folder has walls as well" },
    { name: "data:nothing.csv", because: "there is none" },
    { name: "chat/nothing.csv", because: "there is none" },
    { name: "chat/sub/hour.csv", because: "only what lies right beside the scenario is looked for in the data folder" },
  ])("finds no $name: $because", ({ name }) => {
    expect(locateFile(name, options())).toBeUndefined();
  });

  it("says of a folder that it is no file", () => {
    expect(codeOf(() => locateFile("chat/sub", options()))).toBe("not_a_file");
  });

  it("finds no data without a data folder", () => {
    expect(locateFile("data:hour.csv", options({ dataFolder: undefined }))).toBeUndefined();
    expect(locateFile("data:hour.csv", options({ dataFolder: join(root, "elsewhere") }))).toBeUndefined();
  });

  it("lets the scenario out of its folder when the user says so", () => {
    expect(locateFile("chat/../secret.txt", options({ allowOutside: true }))).toBe(join(root, "secret.txt"));
  });

  it("takes a trace of the command line from anywhere, and looks for its bare name in the data folder", () => {
    expect(locateFile("mine.csv", options({ traces: ["mine.csv"] }))).toBe(join(root, "mine.csv"));
    expect(locateFile("hour.csv", options({ traces: ["hour.csv"] }))).toBe(join(root, "data/samples/hour.csv"));
    expect(locateFile("theirs.csv", options({ traces: ["theirs.csv"] }))).toBeUndefined();
  });

  it("does not open the folder of such a trace to the scenario", () => {
    expect(codeOf(() => locateFile("secret.txt", options({ traces: ["mine.csv"] })))).toBe("file_outside");
  });
});
