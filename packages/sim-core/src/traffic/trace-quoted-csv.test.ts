import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseHeader } from "./trace-quoted-csv.ts";

describe("the header of a trace", () => {
  it("is its fields without the blanks around them; empty lines before it do not count", () => {
    expect(parseHeader("TIMESTAMP, ContextTokens ,GeneratedTokens\r\n")).toEqual(["TIMESTAMP", "ContextTokens", "GeneratedTokens"]);
    expect(parseHeader("\n\na,,b")).toEqual(["a", "", "b"]);
    expect(parseHeader('a,"b, ""c"""\n')).toEqual(["a", 'b, "c"']);
    expect(parseHeader("")).toEqual([]);
  });

  it("reads the same without quotes as with them", () => {
    const name = fc.stringMatching(/^[ a-zA-Z0-9_.;:\t-]{1,12}$/);
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 6 }), fc.constantFrom("", "\n", "\r\n"), (names, end) => {
        const quoted = names.map((each) => `"${each}"`).join(",");
        expect(parseHeader(names.join(",") + end)).toEqual(parseHeader(quoted + end));
      }),
      { seed: 5 },
    );
  });
});
