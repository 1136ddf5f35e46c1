import * as z from "zod";
import { type Field, positiveDuration, strict } from "./fields.ts";
import type { PolicyProcessSpec } from "./spec.ts";

/** Most words of a command line, and characters of each. */
const WORDS_MAX = 100;
const WORD_CHARACTERS_MAX = 4000;

/** A program that decides. */
export const policyProcessField: Field<PolicyProcessSpec> = strict({
  command: z
    .array(z.string().min(1).max(WORD_CHARACTERS_MAX))
    .min(1)
    .max(WORDS_MAX)
    .describe("The program and its arguments, started in the scenario's folder: [python3, policy.py]."),
  timeLimit: positiveDuration
    .optional()
    .describe("Real time that one answer may take; a later one ends the run with exit code 4. Default 10s."),
});
