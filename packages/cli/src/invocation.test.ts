import { expect, it } from "vitest";
import { invocationOf } from "./invocation.ts";
import { quoteArgument } from "./quote-argument.ts";

it.each([
  { env: { npm_lifecycle_event: "replicast" }, script: "/clone/packages/cli/dist/main.js", says: "npm run -s replicast --" },
  { env: { npm_lifecycle_event: "npx" }, script: "/home/me/node_modules/.bin/replicast", says: "npx @replicast/cli" },
  { env: { npm_lifecycle_event: "check" }, script: "/home/me/node_modules/.bin/replicast", says: "npx @replicast/cli" },
  { env: {}, script: "/usr/local/bin/replicast", says: "replicast" },
  { env: {}, script: "/clone/packages/cli/dist/main.js", says: "node packages/cli/dist/main.js" },
  { env: { npm_lifecycle_event: "demo" }, script: "/clone/packages/cli/dist/main.js", says: "node packages/cli/dist/main.js" },
])("suggests $says for $script under $env", ({ env, script, says }) => {
  expect(invocationOf(env, script, "/clone")).toBe(says);
});

it("quotes what a shell would take apart", () => {
  expect(["my-scenario", "a b", "it's", "$HOME", ""].map(quoteArgument)).toEqual(["my-scenario", "'a b'", "'it'\\''s'", "'$HOME'", "''"]);
});
