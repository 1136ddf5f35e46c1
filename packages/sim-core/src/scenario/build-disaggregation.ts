import type { TransferConfig } from "../serving/config.ts";
import { maxRequestTokens } from "../serving/replica.ts";
import type { TrafficConfig } from "../traffic/config.ts";
import { formatBytes } from "../units/bytes.ts";
import type { Findings } from "./build-issues.ts";
import { DEFAULTS } from "./defaults.ts";
import { deploymentsMet } from "./model-routes.ts";
import type { Plan, PlanDeployment } from "./plan.ts";
import type { DisaggregationSpec, ScenarioSpec } from "./spec.ts";

/** Gives deployments that decode what others have computed their link and their partner, and checks that the two go together. */
export function withPairs(deployments: readonly PlanDeployment[], spec: ScenarioSpec, findings: Findings): readonly PlanDeployment[] {
  checkTraffic(spec, findings);
  return deployments.map((deployment, index) => {
    const written = spec.deployments[index]?.disaggregation;
    if (written === undefined) return deployment;
    const prefillDeployment = deployments.findIndex(({ name }) => name === written.prefill);
    const path = ["deployments", index, "disaggregation", "prefill"];
    const prefill = deployments[prefillDeployment];
    if (prefill === undefined) {
      const known = deployments.flatMap(({ name }, other) => (other === index ? [] : [name]));
      findings.unknownName("unknown_deployment", path, written.prefill, known);
      return deployment;
    }
    checkPair(deployment, prefill, { spec, index, path }, findings);
    const { disaggregation: defaults } = DEFAULTS;
    const transfer = transferOf(deployment, written);
    const minPromptTokens = written.minPromptTokens ?? defaults.minPromptTokens;
    const leaseSeconds = written.lease ?? defaults.lease;
    findings.assume(describePair(deployment, written, transfer, minPromptTokens));
    const { serving } = deployment;
    return {
      ...deployment,
      serving: {
        ...serving,
        engine: { ...serving.engine, transfer },
        disaggregation: { prefillDeployment, minPromptTokens, leaseSeconds },
      },
    };
  });
}

/** The traffic as the gateway of a deployment sees it: prompts that it computes for another are its own. */
export function trafficAt(
  name: string,
  traffic: readonly TrafficConfig[],
  { deployments, models }: Pick<Plan, "models"> & Pick<ScenarioSpec, "deployments">,
): readonly TrafficConfig[] {
  const partners = deployments.filter(({ disaggregation }) => disaggregation?.prefill === name).map((partner) => partner.name);
  if (partners.length === 0) return traffic;
  const meetsPartner = (stream: TrafficConfig): boolean =>
    deploymentsMet({ deployments: deployments.map((each) => ({ name: each.name })), ...(models && { models }) }, stream).some((met) =>
      partners.includes(met),
    );
  return traffic.map((stream) => (meetsPartner(stream) ? { ...stream, deployment: name } : stream));
}

/** Whole blocks are sent, of all layers, keys and values. */
function transferOf({ serving }: PlanDeployment, written: DisaggregationSpec): TransferConfig {
  const blockBytes = serving.engine.blockTokens * serving.model.kvBytesPerToken;
  return { setupSeconds: written.setup ?? DEFAULTS.disaggregation.setup, perBlockSeconds: blockBytes / written.bandwidth };
}

function describePair(
  { name, serving }: PlanDeployment,
  written: DisaggregationSpec,
  { setupSeconds }: TransferConfig,
  minPromptTokens: number,
): string {
  const which = minPromptTokens > 1 ? `prompts of ${minPromptTokens} tokens or more` : "prompts";
  return `${name}: ${which} are computed by ${written.prefill}; a replica fetches the KV cache of one prompt after another, ${formatBytes(serving.model.kvBytesPerToken)} a token at ${formatBytes(written.bandwidth)}/s, ${setupSeconds} s after asking; the sending side's link is not a limit; the first token comes from the decode side.`;
}

interface PairPlace {
  readonly spec: ScenarioSpec;
  readonly index: number;
  readonly path: readonly (string | number)[];
}

function checkPair(decode: PlanDeployment, prefill: PlanDeployment, { spec, index, path }: PairPlace, findings: Findings): void {
  const names = { decode: decode.name, prefill: prefill.name };
  const partner = spec.deployments.findIndex(({ name }) => name === prefill.name);
  if (decode.name === prefill.name) findings.error("prefill_is_itself", path, names);
  else if (spec.deployments[partner]?.disaggregation !== undefined) findings.error("prefill_is_a_pair", path, names);
  const first = spec.deployments.findIndex(({ disaggregation }) => disaggregation?.prefill === prefill.name);
  if (first < index) findings.error("prefill_shared", path, { ...names, other: spec.deployments[first]?.name ?? "" });
  const [decodeModel, prefillModel] = [decode.serving.model.name, prefill.serving.model.name];
  if (decodeModel !== prefillModel) findings.error("pair_of_models", path, { ...names, decodeModel, prefillModel });
  for (const at of decode.name === prefill.name ? [index] : [index, partner]) {
    const batching = spec.deployments[at]?.engine?.batching ?? "continuous";
    if (batching !== "continuous")
      findings.error("pair_needs_continuous", ["deployments", at, "engine", "batching"], { ...names, batching });
  }
  if (spec.deployments[partner]?.client !== undefined && partner !== index)
    findings.error("prefill_has_no_clients", ["deployments", partner, "client"], names);
  const [most, decodeMost] = [maxRequestTokens(prefill.serving.engine), maxRequestTokens(decode.serving.engine)];
  if (most < decodeMost) findings.add([{ code: "prefill_takes_less", severity: "warning", path, data: { ...names, most, decodeMost } }]);
}

/** What a prefill deployment computes is never an answer. */
function checkTraffic({ deployments, traffic, models = [] }: ScenarioSpec, findings: Findings): void {
  const check = (prefill: string | undefined, path: readonly (string | number)[]): void => {
    const decode = deployments.find(({ name, disaggregation }) => disaggregation?.prefill === prefill && name !== prefill);
    if (prefill !== undefined && decode !== undefined) findings.error("traffic_to_prefill", path, { decode: decode.name, prefill });
  };
  traffic.forEach(({ deployment, model }, index) => {
    check(deployment, ["traffic", index, "deployment"]);
    const named = typeof model === "string" ? [model] : Object.keys(model ?? {});
    for (const name of named) if (!models.some((route) => route.name === name)) check(name, ["traffic", index, "model"]);
  });
  models.forEach(({ targets }, model) => {
    targets.forEach(({ deployment }, target) => {
      check(deployment, ["models", model, "targets", target, "deployment"]);
    });
  });
}
