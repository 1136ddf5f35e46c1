import { findPreset, HOURLY_PROFILES, LENGTHS_PRESETS, PRESET_IDS, scenarioJsonSchema } from "@replicast/sim-core";
import { schemaRows } from "./json-schema.mjs";
import { code, GENERATED, table } from "./markdown.mjs";

/** @returns {string} the page about scenario files */
export function scenarioPage() {
  const schema = scenarioJsonSchema();
  const rows = schemaRows(schema);
  const sections = Object.keys(schema.properties).map((name) => {
    const own = rows.filter(([path]) => new RegExp(`^\`${name}(\\[|\\.|\\(|\`)`).test(path));
    return own.length > 1 ? `## ${name}\n\n${table(["field", "value", "required", "meaning"], own)}` : undefined;
  });
  const single = Object.keys(schema.properties).flatMap((name) => {
    const own = rows.filter(([path]) => new RegExp(`^\`${name}(\\[|\\.|\\(|\`)`).test(path));
    return own.length === 1 ? own : [];
  });
  return `${GENERATED}

# Scenario files

A scenario is a YAML (or JSON) file, by convention \`scenario.yaml\` in a folder of its own. Unknown keys are refused.
\`replicast schema\` prints the same as a JSON schema, for editors. Guide: [write a scenario](../guides/write-a-scenario.md).

## Values

| value | written as |
| --- | --- |
| duration | \`90s\`, \`5m\`, \`1h30m\`, \`250ms\`, \`2d\`; a bare number is refused, but for 0 |
| rate | \`3/s\`, \`180/min\` |
| size, bandwidth | \`80GB\`, \`80GiB\`; \`2GB/s\` |
| share | \`0.99\` or \`"99%"\` |
| distribution | a constant \`40s\`, uniform \`{ min: 10s, max: 20s }\`, exponential \`{ mean: 20s }\`, log-normal \`{ median: 240s, sigma: 0.35 }\`, or \`{ quantiles: [[0, 1s], [0.5, 20s], [1, 90s]] }\` |

\`list[]\` in a path stands for each entry of a list, \`field(kind)\` for the variant of that \`kind\`.

## Top level

${table(["field", "value", "required", "meaning"], single)}

${sections.filter((section) => section !== undefined).join("\n\n")}

## Model presets

Names for \`deployments[].model\`. Each is fitted to measurements of a real server; the errors are those of the fit.

${table(["preset", "GPUs", "limits measured with", "fit error %", "confidence"], PRESET_IDS.map(presetRow))}

## Length presets

${table(
  ["name", "what it is", "source"],
  [...LENGTHS_PRESETS].map(([name, preset]) => [
    code(name),
    preset.description,
    `${preset.attribution.source} (${preset.attribution.license})`,
  ]),
)}

## Hourly profiles

${table(
  ["name", "what it is", "source"],
  [...HOURLY_PROFILES].map(([name, profile]) => [
    code(name),
    profile.description,
    `${profile.attribution.source} (${profile.attribution.license})`,
  ]),
)}
`;
}

function presetRow(id) {
  const { gpuKey, gpusPerReplica, engine, fitErrorPercent, confidence } = findPreset(id);
  const errors = Object.entries(Object.values(fitErrorPercent)[0] ?? {}).map(([name, percent]) => `${name} ${percent}`);
  return [
    code(id),
    `${gpusPerReplica} × ${gpuKey}`,
    `${engine.maxSequences} sequences, ${engine.maxBatchedTokens} tokens`,
    errors.join(", "),
    confidence,
  ];
}
