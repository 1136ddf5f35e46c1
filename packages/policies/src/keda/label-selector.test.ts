import { expect, it } from "vitest";
import { selectsLabels } from "./label-selector.ts";

const LABELS = { app: "chat", tier: "gpu", "app.kubernetes.io/name": "chat" };

it.each([
  { selector: "app=chat", selects: true, because: "the value is the same" },
  { selector: "app == chat , tier=gpu", selects: true, because: "both hold, blanks aside" },
  { selector: "app=chat,tier=cpu", selects: false, because: "all must hold" },
  { selector: "app.kubernetes.io/name=chat", selects: true, because: "keys may have a prefix" },
  { selector: "app!=web", selects: true, because: "another value" },
  { selector: "zone!=a", selects: true, because: "without the label != holds" },
  { selector: "app in (web, chat),tier", selects: true, because: "one of the values, and the label exists" },
  { selector: "app in (web)", selects: false, because: "not one of the values" },
  { selector: "app notin (web,api),!zone", selects: true, because: "none of the values, and no such label" },
  { selector: "!app", selects: false, because: "there is such a label" },
  { selector: "app==", selects: false, because: "the empty value is another one" },
  { selector: "app~chat", selects: undefined, because: "there is no such operator" },
  { selector: "app=chat,", selects: undefined, because: "something is missing" },
])("$selector selects: $selects, because $because", ({ selector, selects }) => {
  expect(selectsLabels(selector, LABELS)).toBe(selects);
});
