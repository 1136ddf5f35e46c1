import { type DataCatalogue, plain, quote } from "./message-text.ts";

/** Texts of the issues about the comparison with perfect foresight. */
export const FORESIGHT_MESSAGES: DataCatalogue = {
  foresight_without_slo: () => ({
    text: "under this SLO the best schedule has no replicas at all: who is not served has no gaps between tokens",
    hint: 'add an objective that asks for service, as in ttft: "p(95)<2s"',
  }),
  foresight_out_of_range: ({ option, actual }) => ({
    text: `${quote(actual)} is no value for ${plain(option)}`,
    hint: plain(option) === "trials" ? "a whole number above 0" : "a number of seconds above 0",
  }),
};
