import type { ValidationCase } from "./cases.ts";
import { signedPercent } from "./text.ts";

/** What somebody else published about a case. */
export interface PublishedErrors {
  readonly case: string;
  /** The simulator; `undefined` where the case has only a sentence. */
  readonly simulator: string | undefined;
  /** By figure, such as `ttft_mean`: predicted ÷ measured − 1. */
  readonly errors: Readonly<Record<string, number>>;
  readonly sentence: string;
}

const PERCENT_KEY = /^(.+)_pct$/;

/** Errors that a case's `peers` state: by simulator, in per cent, or in words. What has another form is for people. */
export function publishedErrors({ id, peers }: Pick<ValidationCase, "id" | "peers">): readonly PublishedErrors[] {
  if (typeof peers === "string") return [{ case: id, simulator: undefined, errors: {}, sentence: peers }];
  if (typeof peers !== "object" || peers === null) return [];
  return Object.entries(peers).flatMap(([simulator, figures]) => {
    if (typeof figures !== "object" || figures === null) return [];
    const errors = Object.entries(figures as Record<string, unknown>).flatMap(([key, value]) => {
      const name = PERCENT_KEY.exec(key)?.[1];
      return name === undefined || typeof value !== "number" ? [] : [[name, value / 100] as const];
    });
    return errors.length === 0 ? [] : [{ case: id, simulator, errors: Object.fromEntries(errors), sentence: "" }];
  });
}

/** On one line. */
export function renderPublished({ case: id, simulator, errors, sentence }: PublishedErrors): string {
  const figures = Object.entries(errors).map(([name, error]) => `${name.replaceAll("_", " ")} ${signedPercent(error)}`);
  return `${id}  published by others: ${simulator === undefined ? sentence : `${simulator}: ${figures.join(", ")}`}`;
}
