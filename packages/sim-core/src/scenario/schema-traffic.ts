import * as z from "zod";
import { HOURLY_PROFILES, LENGTHS_PRESETS } from "../traffic/presets-lengths.ts";
import { distribution, duration, durations, type Field, name, positiveDuration, rate, refuse, strict, tokenCounts } from "./fields.ts";
import type { ArrivalsSpec, RateSpec, TrafficSpec } from "./spec.ts";

/** Priorities are kept in 32 bits. */
const PRIORITY_MAX = 2_147_483_647;

const rateOverTime = z.union([
  rate,
  strict({
    mean: rate.describe("Mean rate of a weekday."),
    profile: z
      .union([z.enum([...HOURLY_PROFILES.keys()]), z.array(z.number().min(0)).length(24)])
      .describe("A named profile, or 24 relative rates by hour of day from midnight; scaled to mean 1."),
    weekend: z.number().min(0).optional().describe("Factor on Saturdays and Sundays. Default 1."),
    timeZone: z.string().optional().describe("Zone whose hours the profile means. Default: the scenario's."),
  }).transform((spec, context) =>
    typeof spec.profile === "string" || spec.profile.some((factor) => factor > 0) ? spec : refuse(context, "empty_profile"),
  ),
  strict({
    points: z
      .array(z.tuple([duration, rate]))
      .min(1)
      .describe("[time since start, rate] pairs in ascending time; straight lines between, level outside."),
  }).transform((spec, context) => (isAscending(spec.points) ? spec : refuse(context, "unsorted_points"))),
]) as Field<RateSpec>;

function isAscending(points: readonly (readonly [number, number])[]): boolean {
  return points.every(([seconds], index) => index === 0 || seconds > (points[index - 1] as readonly [number, number])[0]);
}

const rateField = rateOverTime.describe("Mean arrivals: `3/s`, a day's profile, or points over time.");

const arrivals: Field<ArrivalsSpec> = z.discriminatedUnion("kind", [
  strict({ kind: z.literal("poisson").describe("Independent arrivals."), rate: rateField }),
  strict({ kind: z.literal("constant").describe("Even gaps, as load tools send at a constant rate."), rate: rateField }),
  strict({
    kind: z.literal("gamma").describe("Gamma-distributed gaps: bursty when cv > 1."),
    rate: rateField,
    cv: z.number().positive().max(100).describe("Coefficient of variation of the gaps; 1 is Poisson."),
  }),
  strict({
    kind: z.literal("modulatedPoisson").describe("Poisson whose rate wanders as the exponential of an AR(1); fits chat traffic."),
    rate: rateField,
    sigma: z.number().min(0).max(5).describe("Standard deviation of the logarithm of the rate. Azure conversations 2023: 0.21."),
    tau: positiveDuration.describe("Time constant of the wandering. Azure conversations 2023: 10m."),
  }),
  strict({
    kind: z.literal("onOff").describe("Bursts at a fixed rate between silences; fits code-completion traffic."),
    rate: rate.describe("Rate inside a burst. Azure code 2023: 9.1/s."),
    burstSize: tokenCounts.describe("Requests of a burst. Azure code 2023: { median: 114, sigma: 0.76 }."),
    off: distribution(duration).describe("Silence between bursts. Azure code 2023: { median: 25s, sigma: 1.04 }."),
  }),
]);

const surge = strict({
  from: duration.describe("Start of the surge, since the start of the run."),
  to: duration.describe("End of the surge."),
  factor: z.number().min(0).describe("The rate is multiplied by this."),
});

const streamName = name.optional().describe("Name of the stream; default: its deployment, numbered when there are several.");
const target = name.optional().describe("Deployment that serves all of it; may be left out when there is one.");
const weight = z.number().min(0).max(1_000_000);
const model = z
  .union([
    name,
    z.record(name, weight).refine((shares) => Object.keys(shares).length > 0, { params: { issue: { code: "no_target_weight" } } }),
  ])
  .optional()
  .describe(
    "Instead of a deployment: the model its requests name (of `models`, or a deployment), or several with their relative shares; a trace's own `model` column counts more.",
  );
const destination = { deployment: target, model };

/** What any stream may say of its requests. */
const marks = {
  maxOutputTokens: z.int().min(1).optional().describe("Answers end after this many tokens (max_tokens). Default: as drawn or recorded."),
  priority: z
    .int()
    .min(-PRIORITY_MAX)
    .max(PRIORITY_MAX)
    .optional()
    .describe("Lower goes first where the engine schedules by priority; a trace's own priority column counts more. Default 0."),
  prefix: strict({
    tokens: z
      .int()
      .min(1)
      .describe("Leading prompt tokens that all requests of a group share, such as a system prompt; part of the prompt."),
    groups: z.int().min(1).optional().describe("Groups; each request belongs to one, all equally likely. Default 1."),
  })
    .optional()
    .describe("Known beginnings of prompts, for the prefix cache; in place of a trace's own hash_ids. Default: none."),
};

/** More would be a slip of the keyboard, and each takes memory. */
const USERS_MAX = 1_000_000;

const limits = {
  maxOpenRequests: z
    .int()
    .min(1)
    .optional()
    .describe("Requests the clients may have open; further ones wait there and are sent late. Default: no limit."),
  stop: positiveDuration
    .optional()
    .describe("Nothing is sent from this time on, since the start of the run (GuideLLM --max-seconds). Default: the end of the run."),
};

const sessionFields = {
  turns: tokenCounts.describe("Turns of a session."),
  systemTokens: z
    .int()
    .min(0)
    .optional()
    .describe("Tokens in front of the first input, the same in all sessions of the stream. Default 0."),
  maxContext: z
    .int()
    .min(1)
    .optional()
    .describe("A session ends before a turn whose prompt and answer would exceed this. Default: the deployment's maxModelTokens."),
};

const think = durations.describe("From the end of an answer to the next turn.");

const lengths = z.union([
  z.enum([...LENGTHS_PRESETS.keys()]),
  strict({ prompt: tokenCounts.describe("Prompt tokens."), output: tokenCounts.describe("Tokens of the answer.") }),
]);

const generator = strict({
  name: streamName,
  ...destination,
  arrivals: arrivals.describe("When requests arrive."),
  lengths: lengths.describe(
    "Token counts: of a public trace by name, or distributions. With sessions: of a turn's new input and its answer.",
  ),
  surges: z.array(surge).optional().describe("Windows in which the rate is multiplied."),
  sessions: strict({ ...sessionFields, think })
    .optional()
    .describe("Every arrival begins a conversation: each turn's prompt is everything said before, and a new input."),
  ...limits,
  ...marks,
});

const trace = strict({
  name: streamName,
  ...destination,
  trace: z.string().min(1).describe("CSV or JSON-lines file, relative to the scenario; `data:NAME` for a file of the data folder."),
  speed: z.number().positive().optional().describe("2 replays twice as fast. Default 1."),
  offset: duration.optional().describe("Skips this much of the trace. Default 0s."),
  spread: duration.optional().describe("Spreads requests with equal stamps over this time. Default 0s."),
  hashTokens: z
    .int()
    .min(1)
    .optional()
    .describe("Prompt tokens that each of a row's hash_ids stands for. Default 512, as in Mooncake's traces."),
  sessions: strict({
    closedLoop: z
      .boolean()
      .optional()
      .describe(
        "A turn of a session is never sent before the one before it has ended: at its stamp or then, whichever is later. Default false.",
      ),
    idle: positiveDuration
      .optional()
      .describe("A session that the trace does not name for longer is over; under its name then begins a new one. Default 1h."),
    systemTokens: z.int().min(0).optional().describe("Tokens that all prompts of the trace's sessions begin with. Default 0."),
  })
    .optional()
    .describe("How the sessions are replayed that a column session_id, chat_id or conversation_id names."),
  ...limits,
  ...marks,
});

const userCount = z.int().min(0).max(USERS_MAX);

const users = strict({
  name: streamName,
  ...destination,
  users: z
    .union([
      z.int().min(1).max(USERS_MAX),
      strict({
        points: z
          .array(z.tuple([duration, userCount]))
          .min(1)
          .describe("[time since start, users] pairs in ascending time; straight lines between, level outside."),
      }).transform((spec, context) => {
        if (!isAscending(spec.points)) return refuse(context, "unsorted_points");
        return spec.points.some(([, count]) => count > 0) ? spec : refuse(context, "no_users");
      }),
    ])
    .describe("Closed loop: so many users, each of whom waits for an answer before the next request."),
  think: durations.describe("From the end of a request (with sessions: of a session) to the next; also before the first."),
  pauseAfterLoss: positiveDuration.optional().describe("Added to it after a request that was lost. Default 1s."),
  lengths: lengths.describe(
    "Token counts: of a public trace by name, or distributions. With sessions: of a turn's new input and its answer.",
  ),
  sessions: strict({ ...sessionFields, think: think.optional().describe("Between turns. Default: the users' think.") })
    .optional()
    .describe("Users hold conversations: each turn's prompt is everything said before, and a new input."),
  ...limits,
});

/** One stream of requests. */
export const trafficField: Field<TrafficSpec> = z.union([generator, trace, users]) as Field<TrafficSpec>;
