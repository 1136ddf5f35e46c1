import { type DataCatalogue, quote, suggestion } from "./message-text.ts";

/** Texts of the issues about faults, updates and disruption budgets. */
export const FAULT_MESSAGES: DataCatalogue = {
  fault_without_time: () => ({
    text: "this fault lasts a while, and does not say from when to when",
    hint: "give from and to, or at: { every: … } and for, and no others of them",
  }),
  too_many_faults: ({ meanSeconds, maximum }) => ({
    text: `one every ${meanSeconds} s is more than ${maximum} in this run`,
    hint: "is the unit right? A mean above 0 that leaves fewer",
  }),
  unknown_zone: (data) => ({
    text: `no node pool is in the zone ${quote(data["actual"])}`,
    ...suggestion(data, "known", "give node pools their zone"),
  }),
  unknown_stream: (data) => ({
    text: `there is no stream ${quote(data["actual"])}`,
    ...suggestion(data, "known", "streams of traffic go by their name"),
  }),
  surge_not_generated: ({ name }) => ({
    text: `the stream ${quote(name)} is not generated, so it cannot send more`,
    hint: "name a stream with arrivals; a trace has its speed, users their number over time",
  }),
  budget_min_or_max: () => ({
    text: "a disruption budget has either minAvailable or maxUnavailable",
    hint: "keep one of them, as the API server would ask",
  }),
  timeout_of_abort: () => ({
    text: "a server that aborts has no time to drain",
    hint: "onTerminate: drain, or no timeout",
  }),
};
