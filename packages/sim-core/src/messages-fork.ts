import { type DataCatalogue, plain } from "./message-text.ts";

const quote = (value: unknown): string => JSON.stringify(value);

/** Texts of issues with a fork of time. */
export const FORK_MESSAGES: DataCatalogue = {
  fork_not_scaled: ({ deployment, policy }) => ({
    text: `${quote(policy)} does not scale the deployment ${quote(deployment)}: there is no decision to change`,
    hint: "choose a policy that scales it with --policy, or another --deployment",
  }),
  fork_which_deployment: ({ policy, scaled }) => ({
    text: `${quote(policy)} scales several deployments: ${Array.isArray(scaled) ? scaled.map((name) => quote(name)).join(", ") : plain(String(scaled))}`,
    hint: "say with --deployment whose decision is to be changed",
  }),
  fork_no_decision: ({ policy, deployment, decisions, last }) => ({
    text: `${quote(policy)} takes no such decision for ${quote(deployment)}: it takes ${decisions}${typeof last === "number" ? `, the last of them ${last} s after the start` : ""}`,
    hint: "choose an earlier time, or a smaller number; `replicast explain` lists the decisions",
  }),
};
