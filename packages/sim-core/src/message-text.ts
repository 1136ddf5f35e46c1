import type { Issue, IssuePath, Json } from "./errors.ts";

/** What a person reads about an issue. */
export interface IssueText {
  /** What is wrong, one sentence without a full stop. */
  readonly text: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** Data of an issue, by name. */
export type IssueData = NonNullable<Issue["data"]>;

/** Texts by issue code; every package that makes issues has one. */
export type MessageCatalogue = { readonly [code: string]: (issue: Issue) => IssueText };

/** The same, for texts that need an issue's data alone. */
export type DataCatalogue = { readonly [code: string]: (data: IssueData) => IssueText };

/** A value as text: strings in quotes, lists with commas, absent ones and null as "nothing". */
export function quote(value: Json | undefined): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.map(plain).join(", ");
  return JSON.stringify(value);
}

/** A value without quotes. */
export function plain(value: Json | undefined): string {
  return typeof value === "string" ? value : quote(value);
}

/** "did you mean a or b?" from `data.nearest` (or `near`), else the list of what is known, else `otherwise`. */
export function suggestion(data: IssueData, known: "known" | "allowed" = "known", otherwise?: string): { readonly hint?: string } {
  const nearest = listOf(data["nearest"] ?? data["near"]);
  if (nearest.length > 0) return { hint: `did you mean ${nearest.map((name) => quote(name)).join(" or ")}?` };
  const names = listOf(data[known]);
  if (names.length > 0) return { hint: `${known}: ${names.map(plain).join(", ")}` };
  return otherwise === undefined ? {} : { hint: otherwise };
}

function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null || value === "") return [];
  return Array.isArray(value) ? value : [value];
}

/** A path as people write it: `deployments[0].engine.kvBlocks`. */
export function formatPath(path: IssuePath): string {
  return path.map((step, index) => (typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`)).join("");
}
