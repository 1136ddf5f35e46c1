import * as z from "zod";
import { type Field, name, strict } from "./fields.ts";
import type { ModelRouteSpec } from "./spec.ts";

/** Most targets of one model. */
const TARGETS_MAX = 100;
const WEIGHT_MAX = 1_000_000;

const target = strict({
  deployment: name.describe("Who serves this part of the requests."),
  weight: z
    .number()
    .min(0)
    .max(WEIGHT_MAX)
    .optional()
    .describe("Share of the requests, relative to the other targets; rule weights. Default 1."),
  maxPromptTokens: z
    .int()
    .min(1)
    .optional()
    .describe("Longest prompt it gets; rule promptLength, short ones first. Left out at the last target: any."),
  spillAbove: z
    .int()
    .min(1)
    .optional()
    .describe("Passed over while so many requests or more are in flight per ready replica; rule inOrder. Default: never."),
});

/** A model that requests may name. */
export const modelField: Field<ModelRouteSpec> = strict({
  name: name.describe("What requests call it: a trace's `model` column, or a stream's `model`."),
  rule: z
    .enum(["weights", "promptLength", "inOrder"])
    .optional()
    .describe(
      "How a target is chosen: by shares (a canary), by the length of the prompt, or the first that has a ready replica and is not too full. Default weights.",
    ),
  fallback: z
    .boolean()
    .optional()
    .describe("Targets without a ready replica are passed over while another one has some. Default: true for inOrder, else false."),
  targets: z.array(target).min(1).max(TARGETS_MAX).describe("Deployments that serve it."),
});
