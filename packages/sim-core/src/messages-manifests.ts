import { type DataCatalogue, plain, quote } from "./message-text.ts";

/** Texts of the issues about manifests that deployments are read from. */
export const MANIFEST_MESSAGES: DataCatalogue = {
  deployment_manifest_missing: ({ file }) => ({
    text: `there is no file ${quote(file)}`,
    hint: "paths of manifests are relative to the scenario's folder",
  }),
  deployment_manifest_not_an_object: () => ({
    text: "this document is no Kubernetes object",
    hint: "a manifest starts with apiVersion and kind; separate documents by ---",
  }),
  deployment_manifest_no_workload: ({ found, known }) => ({
    text: `the file holds none of ${quote(known)}, but: ${quote(found)}`,
    hint: "give the file of what runs the server; an HPA or ScaledObject is named by a policy",
  }),
  deployment_manifest_ambiguous: ({ found, name }) => ({
    text: `several objects of the file could be ${name === undefined ? "the deployment" : quote(name)}: ${quote(found)}`,
    hint: "let the deployment's name be the metadata.name of the one that is meant",
  }),
  deployment_manifest_api_version: ({ kind, actual, wanted }) => ({
    text: `${plain(kind)} of ${quote(actual)} is not read`,
    hint: `write it as ${plain(wanted)}; kubectl convert rewrites older versions`,
  }),
  deployment_manifest_no_container: ({ kind }) => ({
    text: `the ${plain(kind)} has no container`,
    hint: "give the manifest as it is deployed, with spec.template.spec.containers",
  }),
  manifest_not_modelled: ({ what, instead }) => ({ text: `${plain(what)} is not simulated`, hint: plain(instead) }),
  manifest_differs: ({ what, manifest, scenario, key }) => ({
    text: `${plain(what)}: ${plain(manifest)} in the manifest, ${plain(scenario)} in the scenario, which counts`,
    hint: `if that is not meant, change or remove ${plain(key)} in the scenario`,
  }),
  manifest_model_unknown: ({ actual, known }) => ({
    text: actual === undefined ? "the manifest names no model" : `the shape of the model ${quote(actual)} is not known`,
    hint: `give model.shape in the scenario: one of ${quote(known)}, or its figures from the model's config.json`,
  }),
  manifest_gpu_unknown: ({ known }) => ({
    text: "the manifest does not say which GPU it runs on, and the node pools have several kinds",
    hint: `give model.gpu in the scenario (${quote(known)}), or a nodeSelector in the manifest`,
  }),
  manifest_gpus_short: ({ held, used, flags }) => ({
    text: `the server wants ${used} GPUs (${plain(flags)}), its pods get ${held}`,
    hint: "it will not start: raise nvidia.com/gpu, or lower --tensor-parallel-size",
  }),
  manifest_gpus_idle: ({ held, used, flags }) => ({
    text: `a replica pays for ${held} GPUs, the server uses ${used} (${plain(flags)}); simulated as if it used all`,
    hint: "raise --tensor-parallel-size, or lower nvidia.com/gpu",
  }),
  manifest_flag_invalid: ({ flag, actual, expected }) => ({
    text: `${quote(actual)} is no value for ${plain(flag)}`,
    hint: `write ${plain(expected)}; a variable must be set in the same file, or give the value in the scenario`,
  }),
  manifest_flag_glued: ({ actual }) => ({
    text: `${quote(actual)} is one argument, which the server does not know`,
    hint: "write --flag=value, or the flag and its value as two entries of the list",
  }),
  manifest_no_readiness_probe: ({ hasStartupProbe }) => ({
    text: `without a readinessProbe a pod gets requests as soon as its container ${hasStartupProbe === true ? "has started up" : "runs, minutes before the model is loaded"}`,
    hint: "add one on /health; simulated as if there were one",
  }),
  manifest_policy_unread: ({ kind, name, policy }) => ({
    text: `${plain(kind)} ${plain(name)} scales this deployment, and no policy of the scenario reads it`,
    hint: `add a policy { kind: ${plain(policy)}, manifest: THIS FILE }`,
  }),
  start_exceeds_deadline: ({ deadlineSeconds, startSeconds, delaySeconds }) => ({
    text: `a container takes ${startSeconds} s to come up on average and is killed after ${deadlineSeconds} s`,
    hint: `most starts end in a restart; raise failureThreshold of the startup probe (of the liveness probe, where there is none) to cover ${delaySeconds} s with room to spare`,
  }),
};
