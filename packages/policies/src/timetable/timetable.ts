import { definePolicy, type Issue, type ParseResult, type Policy } from "@replicast/sim-core";
import { z } from "zod";
import { parseEntry, parseResult, replicaCount } from "../parse.ts";

/** Replicas from a time on, seconds since the start of the run; until the next entry. */
export type TimetableStep = readonly [fromSeconds: number, replicas: number];

export type TimetableConfig = { readonly steps: readonly TimetableStep[] };

/** Once in a run: the next firing of a timer would fall after any end. */
const ONCE_SECONDS = 1e9;

const timetableSchema: z.ZodType<{ readonly steps: readonly TimetableStep[] }> = z.strictObject({
  steps: z.array(z.tuple([z.number().min(0), replicaCount])),
});

/**
 * Asks for given numbers of replicas at given times, to the second, whatever happens: how a schedule that somebody else worked out
 * is run. @see docs/explanation/perfect-foresight.md
 */
export const timetable: Policy<TimetableConfig, null> = definePolicy<TimetableConfig, null>({
  id: "timetable",
  parseConfig: parseTimetable,
  initialState: () => null,
  timers: ({ steps }) => steps.map(([phaseSeconds], index) => ({ name: String(index), periodSeconds: ONCE_SECONDS, phaseSeconds })),
  needs: () => [],
  queries: () => [],
  decide({ timer }, state, { steps }) {
    const [fromSeconds, replicas] = steps[Number(timer)] as TimetableStep; // a timer for each
    return { state, decision: { desiredReplicas: replicas, reason: "Timetable", evidence: { fromSeconds, step: Number(timer) } } };
  },
});

function parseTimetable(raw: unknown): ParseResult<TimetableConfig> {
  const parsed = parseEntry(timetableSchema, raw);
  if (!parsed.ok) return parsed;
  const { steps } = parsed.value;
  const issues = steps.flatMap(([fromSeconds], index): readonly Issue[] => {
    const before = steps[index - 1]?.[0];
    if (before === undefined || before < fromSeconds) return [];
    return [{ code: "out_of_range", path: ["steps", index, 0], data: { minimum: before, actual: fromSeconds } }];
  });
  return parseResult({ steps }, issues);
}
