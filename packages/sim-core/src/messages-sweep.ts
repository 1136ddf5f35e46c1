import { type DataCatalogue, plain, suggestion } from "./message-text.ts";

const quote = (value: unknown): string => JSON.stringify(value);

/** Texts of issues with sweeps. */
export const SWEEP_MESSAGES: DataCatalogue = {
  bad_vary: ({ actual, reason }) => ({
    text: `${quote(actual)} says not what to vary: ${plain(reason)}`,
    hint: 'as in "nodePools.h100.max=4,8,16", "duration=10m..1h:10m", "traffic.0.arrivals.rate=1/s..100/s:log5" or "hpa.yaml#spec.maxReplicas=4,8"',
  }),
  vary_twice: ({ actual }) => ({ text: `${quote(actual)} is varied twice`, hint: "give all its values at once" }),
  vary_needs_sample: ({ actual }) => ({
    text: `a grid cannot hold every value of ${quote(actual)}`,
    hint: "add a step, as in 0..600:60, or draw from the range with --sample sobol:64",
  }),
  vary_unknown_file: (data) => ({
    text: `the scenario names no file ${quote(data["actual"])}, and no policy of that name has a manifest of its own`,
    ...suggestion(data, "known", "before # stands a file that the scenario names, or a policy with one manifest"),
  }),
  vary_several_files: ({ actual, files }) => ({
    text: `the policy ${quote(actual)} has several files`,
    hint: `name the file before #: ${Array.isArray(files) ? files.join(", ") : plain(files)}`,
  }),
  vary_which_document: ({ file, kinds }) => ({
    text: `${quote(file)} holds several documents`,
    hint: `begin with the kind of the one that is meant, as in ${plain(file)}#${Array.isArray(kinds) && kinds.length > 0 ? plain(kinds[0]) : "Deployment"}.spec; its kinds: ${Array.isArray(kinds) ? kinds.join(", ") : ""}`,
  }),
  vary_file_unreadable: ({ file, reason }) => ({
    text: `no value can be set in ${quote(file)}: ${plain(reason)}`,
    hint: "mend the file; `replicast validate` tells more",
  }),
  bad_sample: ({ actual, reason }) => ({
    text: `${quote(actual)} is no way to sample: ${plain(reason)}`,
    hint: 'as in "sobol:64" or "latin:50"',
  }),
  cell_failed: ({ message }) => ({
    text: `the run ended with an error: ${plain(message)}`,
    hint: "`replicast run` with the same values by --set, and the same --seed, shows where",
  }),
  sweep_too_large: ({ actual, maximum }) => ({
    text: `the sweep has ${plain(actual)} cells, more than ${plain(maximum)}`,
    hint: "take fewer values, or draw from them with --sample sobol:256",
  }),
};
