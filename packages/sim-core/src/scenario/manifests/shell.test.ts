import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expandReferences, shellCommands } from "./shell.ts";

const read = (script: string, variables: Record<string, string> = {}) => shellCommands(script, new Map(Object.entries(variables)));

describe("a shell script", () => {
  it.each([
    { script: "vllm serve m --a 1", words: [["vllm", "serve", "m", "--a", "1"]], because: "blanks part words" },
    { script: "vllm \\\n  serve \\\r\n m", words: [["vllm", "serve", "m"]], because: "a backslash continues a line" },
    { script: "a 'b c' \"d e\" f\\ g", words: [["a", "b c", "d e", "f g"]], because: "quotes and escapes keep blanks" },
    { script: "a ''  \"\"", words: [["a", "", ""]], because: "empty quotes are words" },
    { script: "# why\na # b\nc#d", words: [["a"], ["c#d"]], because: "a comment begins a word" },
    { script: "a && b; c | d & e\nf", words: [["a"], ["b"], ["c"], ["d"], ["e"], ["f"]], because: "operators end commands" },
    { script: `X=1 Y=$X\nrun $X \${Y}`, words: [["run", "1", "1"]], because: "later assignments see earlier ones" },
    { script: "export M=org/m\nrun --model=$M", words: [["run", "--model=org/m"]], because: "exports are assignments" },
    { script: 'a --j \'{"k": "v"}\'', words: [["a", "--j", '{"k": "v"}']], because: "JSON in quotes is one word" },
    { script: "a $(nproc --all) b", words: [["a", "$(nproc --all)", "b"]], because: "what a command prints is not known" },
  ])("is read as $words: $because", ({ script, words }) => {
    expect(read(script)).toEqual(words);
  });

  it.each([
    { script: "run $A", words: ["run", "1", "2"], because: "a bare variable is split" },
    { script: 'run "$A"', words: ["run", "1 2"], because: "a quoted one is not" },
    { script: "run '$A'", words: ["run", "$A"], because: "single quotes keep it" },
    { script: `run \${B:-7} \${A:-7}`, words: ["run", "7", "1", "2"], because: "a default counts when nobody sets it" },
    { script: `run $B \${B} \\$A`, words: ["run", "$B", `\${B}`, "$A"], because: "what nobody sets stays visible" },
    { script: "run $ $1", words: ["run", "$", "$1"], because: "these are no names" },
  ])("resolves variables in $script: $because", ({ script, words }) => {
    expect(read(script, { A: "1 2" })).toEqual([words]);
  });

  it("ends, whatever it holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."ab-=$(){}'\"\\ \n#;|&") }), (script) => {
        expect(Array.isArray(read(script, { a: "b" }))).toBe(true);
      }),
    );
  });
});

it("references are replaced as the kubelet does: unknown ones stay, $$ is a dollar sign", () => {
  const variables = new Map([["A", "1"]]);
  expect(expandReferences("$(A) $(B) $$(A) $A", variables)).toBe("1 $(B) $(A) $A");
});
