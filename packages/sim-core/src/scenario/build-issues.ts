import type { Issue, IssuePath, Json } from "../errors.ts";
import { nearestNames } from "../score/nearest.ts";

/** Collects issues and assumptions while a plan is built. */
export class Findings {
  readonly issues: Issue[] = [];
  readonly assumptions: string[] = [];

  error(code: string, path: IssuePath, data: { readonly [key: string]: Json } = {}): void {
    this.issues.push({ code, path, data });
  }

  add(issues: readonly Issue[], prefix: IssuePath = []): void {
    for (const issue of issues) this.issues.push(issue.file === undefined ? { ...issue, path: [...prefix, ...issue.path] } : issue);
  }

  assume(text: string): void {
    if (!this.assumptions.includes(text)) this.assumptions.push(text);
  }

  /** Reports a name that stands for nothing, with those that come close. */
  unknownName(code: string, path: IssuePath, written: string, known: readonly string[]): void {
    this.error(code, path, { actual: written, known, nearest: nearestNames(written, known) });
  }

  /** Reports every name that was used before in its list. */
  uniqueNames(list: IssuePath, names: readonly string[], key = "name"): void {
    names.forEach((name, index) => {
      const first = names.indexOf(name);
      if (first < index) this.error("duplicate_name", [...list, index, key], { actual: name, first });
    });
  }

  get hasErrors(): boolean {
    return this.issues.some((issue) => issue.severity !== "warning");
  }
}

/** The one deployment an entry means: named, or the only one. */
export function deploymentOf(written: string | undefined, path: IssuePath, names: readonly string[], findings: Findings): string {
  if (written === undefined) {
    if (names.length > 1) findings.error("which_deployment", path, { known: names });
    return names[0] ?? "";
  }
  if (!names.includes(written)) findings.unknownName("unknown_deployment", [...path, "deployment"], written, names);
  return written;
}
