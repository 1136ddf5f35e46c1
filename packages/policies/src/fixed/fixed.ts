import { definePolicy, type ParseResult, type Policy } from "@replicast/sim-core";
import { z } from "zod";
import { parseEntry, parseResult, replicaCount } from "../parse.ts";

/** A fleet of constant size. */
export type FixedConfig = { readonly replicas: number };

/** Long enough not to fill the record with the same answer, short enough to mend the count if somebody else changes it. */
const CHECK_SECONDS = 3600;

/** What a scenario may say. */
export const fixedSchema: z.ZodType<FixedConfig> = z.strictObject({ replicas: replicaCount.describe("Replicas at all times.") });

function parseFixedConfig(raw: unknown): ParseResult<FixedConfig> {
  const parsed = parseEntry(fixedSchema, raw);
  return parsed.ok ? parseResult(parsed.value, []) : parsed;
}

/** `kind: fixed`: asks for the same number of replicas at all times; what every other policy is measured against. */
export const fixed: Policy<FixedConfig, null> = definePolicy<FixedConfig, null>({
  id: "fixed",
  parseConfig: parseFixedConfig,
  initialState: () => null,
  timers: () => [{ name: "check", periodSeconds: CHECK_SECONDS }],
  needs: () => [],
  queries: () => [],
  decide: (_observation, state, config) => ({
    state,
    decision: { desiredReplicas: config.replicas, reason: "FixedReplicas", held: { by: "fixed" }, evidence: { replicas: config.replicas } },
  }),
});
