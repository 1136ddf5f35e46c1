import { InputError } from "replicast";
import { expect, it } from "vitest";
import { parseLimits } from "./scenario-options.ts";

it("reads limits", () => {
  expect(parseLimits({ maxEvents: "1000", timeLimit: "1m30s" })).toEqual({ maxEvents: 1000, timeLimitSeconds: 90 });
  expect(parseLimits({})).toEqual({});
});

it.each([{ maxEvents: "0" }, { maxEvents: "1.5" }, { maxEvents: "many" }, { timeLimit: "90" }, { timeLimit: "0s" }])(
  "refuses %j",
  (options) => {
    expect(() => parseLimits(options)).toThrow(InputError);
  },
);

it("names every option that is wrong", () => {
  try {
    parseLimits({ maxEvents: "x", timeLimit: "y" });
    expect.unreachable();
  } catch (error) {
    expect((error as InputError).issues.map(({ data }) => data?.["option"])).toEqual(["--max-events", "--time-limit"]);
  }
});
