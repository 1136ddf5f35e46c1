import { type DataCatalogue, plain, quote } from "./message-text.ts";

const EXPECTED: Readonly<Record<string, string>> = {
  replications: "a whole number from 2 to 100000",
  maxReplications: "a whole number from 10 to 100000",
  precision: "a share above 0 and below 1, as in 0.02 for 2%",
  confidence: "a share from 0.5 to below 1, as in 0.95 for 95%",
  warmUp: '"auto", or whole minutes that are shorter than the run, in seconds',
};

/** Texts of the issues about comparisons over several replications. */
export const STATISTICS_MESSAGES: DataCatalogue = {
  statistics_out_of_range: ({ option, actual }) => ({
    text: `${quote(actual)} is no value for ${plain(option)}`,
    hint: EXPECTED[plain(option)] ?? "see the reference of compare",
  }),
  statistics_option_alone: ({ option }) => ({
    text: `${plain(option)} says nothing without replications`,
    hint: "ask for a number of replications, or for a precision",
  }),
  statistics_both: () => ({
    text: "a number of replications and a precision cannot both be asked for",
    hint: "keep one; the most replications a precision may take is maxReplications",
  }),
};
