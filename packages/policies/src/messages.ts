import type { Issue, Json } from "@replicast/sim-core";

type Message = (issue: Issue) => { readonly text: string; readonly hint: string };

/** Texts and hints of the issues that reading HPA and KEDA manifests raises, by code. */
export const policyMessages: Record<string, Message> = {
  policy_not_an_object: () => ({ text: "the policy is not an object", hint: "write it as { kind: hpa, manifest: hpa.yaml }" }),
  policy_manifest_or_spec: ({ data }) => ({
    text: "the policy needs either manifest or spec, not both and not neither",
    hint: `name the file that holds the ${text(data, "kind")} as manifest, or write its spec inline`,
  }),
  policy_unknown_option: ({ data }) => ({
    text: `unknown option ${quoted(data, "option")}`,
    hint: didYouMean(data, "remove it, or check the spelling"),
  }),
  policy_option_type: ({ data }) => ({
    text: `${text(data, "option")} must be ${text(data, "expected")}`,
    hint: data?.["expected"] === "a number" ? "durations are plain numbers of seconds here" : "write it as in manifest: hpa.yaml",
  }),
  policy_option_range: ({ data }) => ({
    text: `${text(data, "option")} is ${text(data, "actual")}`,
    hint: `choose a value ${data?.["exclusive"] === true ? "above" : "of at least"} ${text(data, "minimum")}`,
  }),
  manifest_file_missing: ({ data }) => ({
    text: `there is no file ${quoted(data, "file")}`,
    hint: "paths are relative to the scenario's folder",
  }),
  manifest_yaml_invalid: ({ data }) => ({
    text: `not valid YAML: ${text(data, "detail")}`,
    hint: "mind the indentation and the space after each colon; a chart template is rendered first (helm template)",
  }),
  manifest_not_an_object: () => ({ text: "the document is not an object", hint: "a manifest starts with apiVersion and kind" }),
  manifest_kind_missing: ({ data }) => ({
    text: `the file holds no ${text(data, "wanted")}${list(data, "found") === "" ? "" : `, only: ${list(data, "found")}`}`,
    hint: otherKind(data) ?? `give the file that holds the ${text(data, "wanted")}`,
  }),
  manifest_ambiguous: ({ data }) => ({
    text: `the file holds several objects of kind ${text(data, "wanted")}, and not exactly one scales ${quoted(data, "deployment")}`,
    hint: "give a file with one of them, or set spec.scaleTargetRef.name to the deployment of the scenario",
  }),
  manifest_document_ignored: ({ data }) => ({
    text: `${text(data, "kind") || "a document"} ${quoted(data, "name")} is not read`,
    hint: `only the ${text(data, "wanted")} counts here; other objects belong to other parts of the scenario`,
  }),
  manifest_credentials_ignored: ({ data }) => ({
    text: `${text(data, "kind")} ${quoted(data, "name")} has no effect`,
    hint: "nothing to do: the simulated servers ask nobody for credentials",
  }),
  manifest_api_version: ({ data }) => ({
    text: `${text(data, "kind")} of ${quoted(data, "apiVersion")} is not supported`,
    hint: `write it as ${text(data, "wanted")}; kubectl convert rewrites older versions`,
  }),
  manifest_target_differs: ({ data }) => ({
    text: `the manifest scales ${quoted(data, "target")}, the scenario applies it to ${quoted(data, "deployment")}`,
    hint: "if that is meant, nothing is wrong; else give another file",
  }),
  manifest_namespace_differs: ({ data }) => ({
    text: `the manifest is in the namespace ${quoted(data, "namespace")}, the deployment in ${quoted(data, "deploymentNamespace")}`,
    hint: "in a cluster it would find no such deployment, and nothing would scale; here it is applied all the same. Correct one of the two",
  }),
  manifest_field_type: ({ data }) => ({
    text: `${text(data, "field")} must be ${text(data, "expected")}, it is ${text(data, "actual")}`,
    hint: data?.["expected"] === "a string" ? "put the value in quotes" : "the API server refuses other types; mind quotes and indentation",
  }),
  manifest_unknown_field: ({ data }) => ({
    text: `${text(data, "field")} is no field of this object: kubectl refuses it, and the API server by itself drops it`,
    hint: didYouMean(data, "check the spelling and the indentation"),
  }),
  manifest_field_required: fieldMessage("add the field"),
  manifest_field_invalid: fieldMessage("the API server refuses the object with these words; change the value"),
  manifest_field_not_supported: fieldMessage("use one of the values listed; mind upper and lower case"),
  manifest_field_forbidden: fieldMessage("remove the field, or what rules it out"),
  hpa_selector_unsupported: ({ data }) => ({
    text: `${text(data, "field")} is not simulated`,
    hint: "select metrics with matchLabels",
  }),
  hpa_tolerance_dropped: ({ data }) => ({
    text: `${text(data, "field")} has no effect: releases of Kubernetes before 1.35 drop it`,
    hint: "remove it, or set kubernetes beside the manifest to the release of your cluster",
  }),
  hpa_kubernetes_text: ({ data }) => ({
    text: `kubernetes is ${text(data, "actual")}, which is no text`,
    hint: 'write the release in quotes, as in kubernetes: "1.30"; without them 1.30 is the number 1.3',
  }),
  hpa_kubernetes_unknown: ({ data }) => ({
    text: `nothing is known about the controller of Kubernetes ${quoted(data, "actual")}`,
    hint: `use one of: ${list(data, "known")}`,
  }),
  keda_trigger_unknown: ({ data }) => ({
    text: `no scaler found for type: ${text(data, "type")}`,
    hint: didYouMean(data, "KEDA has no such trigger; check the spelling"),
  }),
  keda_trigger_needs_values: ({ data }) => ({
    text:
      list(data, "labels") === ""
        ? `what the ${text(data, "type")} trigger reads lies outside of the simulation`
        : `the simulation has no pods for the selector ${quoted(data, "podSelector")}; those of the scale target have ${list(data, "labels")}`,
    hint: `say its values beside the manifest, as in triggers: { ${text(data, "name")}: { series: [[0, 5], [600, 20]] } }, or as a query`,
  }),
  keda_trigger_needs_target: ({ data }) => ({
    text: `what one replica takes of the ${text(data, "type")} trigger is not known`,
    hint:
      text(data, "key") === ""
        ? `add target to triggers: { ${text(data, "name")}: … } beside the manifest`
        : `set ${text(data, "key")} in its metadata, or target in triggers: { ${text(data, "name")}: … }`,
  }),
  keda_supply_unknown: ({ data }) => ({
    text: `the ScaledObject has no trigger ${quoted(data, "name")}`,
    hint: didYouMean(data, `its triggers are: ${list(data, "known")}`),
  }),
  keda_supply_pointless: ({ data }) => ({
    text: `values of a ${text(data, "type")} trigger cannot be supplied`,
    hint:
      data?.["type"] === "cron"
        ? "its schedule says them"
        : "the HPA reads them from the metrics API: see cpuUtilization and memoryUtilization of the scenario's metrics",
  }),
  keda_target_kind_unknown: ({ data }) => ({
    text: `whether objects of kind ${text(data, "kind")} (${text(data, "apiVersion")}) can be scaled is not known; it is taken for granted`,
    hint: "if its definition has a scale subresource, nothing is wrong",
  }),
  keda_target_not_given: ({ data }) => ({
    text: `${text(data, "field")} is ${quoted(data, "target")}; the file holds other objects of kind ${text(data, "kind")}: ${list(data, "others")}`,
    hint: "check the name; KEDA scales nothing when there is no such object",
  }),
  keda_period_irrelevant: ({ data }) => ({
    text: `${text(data, "field")}: ${text(data, "detail")}`,
    hint: "remove the field: from one replica on the HPA decides, every 15 s and with a stabilisation window",
  }),
  keda_paused: ({ data }) => ({
    text: `the annotation ${text(data, "annotation")} holds for the whole run: ${text(data, "effect")}`,
    hint: "remove it from the manifest, unless the pause is what you want to see",
  }),
  keda_paused_replicas: ({ data }) => ({
    text: `paused-replicas is ${quoted(data, "value")}, which is no count: KEDA stops scaling and leaves the replicas as they are`,
    hint: "write a whole number, or remove the annotation",
  }),
  keda_time_zone_unknown: ({ data }) => ({
    text: `unknown time zone ${quoted(data, "timeZone")}: KEDA accepts it, and the trigger then fails at each evaluation`,
    hint: "use a name of the IANA database, such as Europe/Berlin",
  }),
};

type Data = Issue["data"];

function fieldMessage(hint: string): Message {
  return ({ data }) => ({ text: `${text(data, "field")}: ${text(data, "detail")}`, hint });
}

function text(data: Data, key: string): string {
  const value: Json | undefined = data?.[key];
  return typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value);
}

function quoted(data: Data, key: string): string {
  return JSON.stringify(text(data, key));
}

function list(data: Data, key: string): string {
  const value = data?.[key];
  return Array.isArray(value) ? value.join(", ") : text(data, key);
}

/** Which policy reads what the file does hold. */
function otherKind(data: Data): string | undefined {
  const found = list(data, "found");
  if (data?.["wanted"] !== "ScaledObject" && found.includes("ScaledObject ")) return "kind: keda reads a ScaledObject";
  if (data?.["wanted"] !== "HorizontalPodAutoscaler" && found.includes("HorizontalPodAutoscaler "))
    return "kind: hpa reads a HorizontalPodAutoscaler";
  return undefined;
}

function didYouMean(data: Data, otherwise: string): string {
  return data?.["near"] === undefined ? otherwise : `did you mean ${quoted(data, "near")}?`;
}
