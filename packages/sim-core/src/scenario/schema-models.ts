import * as z from "zod";
import { type Field, name, share, strict } from "./fields.ts";
import type { ModelRouteSpec, QualitySpec } from "./spec.ts";

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
    .describe(
      "Passed over while so many requests or more are in flight per ready replica; rules inOrder, complexity, cascade. Default: never.",
    ),
  spillAboveKv: share
    .optional()
    .describe("Passed over while its KV caches are fuller than this on average; rules inOrder, complexity, cascade. Default: never."),
  adequateUpTo: share
    .optional()
    .describe("Its answers do for requests up to this complexity, from 0 (easiest) to 1; the others are bad answers. Default: all do."),
  maxScore: share
    .optional()
    .describe(
      "Rule complexity: it gets requests that look at most this complex, targets in ascending order. Rule cascade: its answers to these are accepted, others are asked again of the next target. Default: adequateUpTo.",
    ),
});

/** Answers that do not do: their price and their bound. */
export const qualityField: Field<QualitySpec> = strict({
  badAnswerUsd: z
    .number()
    .min(0)
    .optional()
    .describe("What an answer that does not do costs; added to the bill when policies are ranked. Default 0."),
  minAdequate: share.optional().describe("Share of the judged answers that must do; below it the SLO is missed."),
});

/** A model that requests may name. */
export const modelField: Field<ModelRouteSpec> = strict({
  name: name.describe("What requests call it: a trace's `model` column, or a stream's `model`."),
  rule: z
    .enum(["weights", "promptLength", "inOrder", "complexity", "cascade"])
    .optional()
    .describe(
      "How a target is chosen: by shares (a canary), by the length of the prompt, the first that has a ready replica and is not too full, the first that is good enough for what a classifier sees, or the first and then the next after an answer that is judged not to do. Default weights.",
    ),
  fallback: z
    .boolean()
    .optional()
    .describe("Targets without a ready replica are passed over while another one has some. Default: true for inOrder, else false."),
  classifierAccuracy: share
    .optional()
    .describe("Rules complexity, cascade: share of the requests whose complexity is seen as it is; the others look like any. Default 1."),
  targets: z.array(target).min(1).max(TARGETS_MAX).describe("Deployments that serve it."),
});
