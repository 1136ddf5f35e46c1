import type { IssuePath } from "../../errors.ts";
import { parseQuantity, quantityNumber } from "../../units/quantity.ts";
import { listAt, type Node, nodeAt, numberAt, textAt, valueAt } from "./node.ts";
import type { Stated } from "./stated.ts";

/** The pod of a workload, and where it stands in the object. */
export interface PodTemplate {
  readonly spec: Node;
  /** Of the spec. */
  readonly path: IssuePath;
  readonly metadata: Node;
  readonly metadataPath: IssuePath;
}

/** The container that serves. */
export interface ServerContainer {
  readonly value: Node;
  readonly path: IssuePath;
}

const GPU = "nvidia.com/gpu";
/** @see Kubernetes core/v1: periodSeconds 10, failureThreshold 3, successThreshold 1, terminationGracePeriodSeconds 30 */
const PROBE = { period: 10, failures: 3, successes: 1 } as const;
/** @see pod.spec.terminationGracePeriodSeconds */
const GRACE_SECONDS = 30;

/** The container with GPUs, else the one of a vLLM image, else the first. */
export function serverContainer({ spec, path }: PodTemplate): ServerContainer | undefined {
  const containers = listAt(spec, ["containers"]);
  const withGpu = containers.findIndex((container) => gpusOf(container) !== undefined);
  const withVllm = containers.findIndex((container) => /vllm/i.test(textAt(container, ["image"]) ?? ""));
  const index = [withGpu, withVllm, 0].find((candidate) => candidate >= 0) as number;
  const value = nodeAt(containers, [index]);
  return containers.length === 0 ? undefined : { value, path: [...path, "containers", index] };
}

/** Whole GPUs of a container; undefined when it asks for none. */
export function gpusOf(container: unknown): number | undefined {
  return numberAt(container, ["resources", "limits", GPU]) ?? numberAt(container, ["resources", "requests", GPU]);
}

/** Path of the GPUs in their container, for messages. */
export const GPU_PATH: IssuePath = ["resources", "limits", GPU];

/** Reads requests, probes, shutdown and whatever else of a pod decides when it serves. */
export function readPod(pod: PodTemplate, container: ServerContainer, stated: Stated): void {
  readRequests(container, stated);
  readProbes(container, stated);
  readShutdown(pod, container, stated);
  readDeletionCost(pod, stated);
  listAt(pod.spec, ["initContainers"]).forEach((init, index) => {
    const what = `the init container ${textAt(init, ["name"]) ?? index}`;
    stated.notModelled(what, [...pod.path, "initContainers", index], "add its time to startup.load");
  });
  readOtherFields(pod, container, stated);
}

/** Fields that only place, name or protect the pod. */
const IDLE_POD_KEYS: readonly string[] = [
  "activeDeadlineSeconds",
  "automountServiceAccountToken",
  "dnsConfig",
  "dnsPolicy",
  "enableServiceLinks",
  "hostAliases",
  "hostIPC",
  "hostNetwork",
  "hostPID",
  "hostname",
  "imagePullSecrets",
  "os",
  "restartPolicy",
  "runtimeClassName",
  "schedulerName",
  "securityContext",
  "serviceAccount",
  "serviceAccountName",
  "setHostnameAsFQDN",
  "shareProcessNamespace",
  "subdomain",
  "tolerations",
  "volumes",
];
const READ_POD_KEYS: readonly string[] = ["containers", "initContainers", "nodeSelector", "affinity", "terminationGracePeriodSeconds"];
const IDLE_CONTAINER_KEYS: readonly string[] = [
  "env",
  "envFrom",
  "imagePullPolicy",
  "ports",
  "securityContext",
  "stdin",
  "terminationMessagePath",
  "terminationMessagePolicy",
  "tty",
  "volumeDevices",
  "volumeMounts",
  "workingDir",
];
const READ_CONTAINER_KEYS: readonly string[] = [
  "name",
  "image",
  "command",
  "args",
  "resources",
  "lifecycle",
  "startupProbe",
  "readinessProbe",
  "livenessProbe",
];
const INSTEAD: Readonly<Record<string, string>> = {
  priorityClassName: "no pod preempts another here",
  topologySpreadConstraints: "the fullest node with room is taken",
  podAffinity: "the fullest node with room is taken",
  podAntiAffinity: "the fullest node with room is taken",
  resourceClaims: "give model.gpu and model.gpusPerReplica",
};
const NO_IDEA = "if it matters, say in the scenario what it does";

/** Whatever is read nowhere else is idle, or said to be left out. */
function readOtherFields({ spec, path }: PodTemplate, { value, path: containerPath }: ServerContainer, stated: Stated): void {
  for (const key of Object.keys(spec)) {
    if (IDLE_POD_KEYS.includes(key)) stated.idle.add(key);
    else if (!READ_POD_KEYS.includes(key)) stated.notModelled(key, [...path, key], INSTEAD[key] ?? NO_IDEA);
  }
  for (const key of Object.keys(value)) {
    if (IDLE_CONTAINER_KEYS.includes(key)) stated.idle.add(key);
    else if (!READ_CONTAINER_KEYS.includes(key)) stated.notModelled(key, [...containerPath, key], INSTEAD[key] ?? NO_IDEA);
  }
  for (const kind of ["podAffinity", "podAntiAffinity"]) {
    if (valueAt(spec, ["affinity", kind]) !== undefined) stated.notModelled(kind, [...path, "affinity", kind], INSTEAD[kind] as string);
  }
  if (valueAt(value, ["lifecycle", "postStart"]) !== undefined)
    stated.notModelled("the postStart hook", [...containerPath, "lifecycle", "postStart"], "add its time to startup.load");
  listAt(spec, ["containers"]).forEach((other, index) => {
    if (index !== containerPath.at(-1)) stated.idle.add(`the container ${textAt(other, ["name"]) ?? index}`);
  });
}

/** A request that is left out equals the limit. */
function readRequests({ value, path }: ServerContainer, stated: Stated): void {
  for (const [resource, key] of [
    ["cpu", "cpu"],
    ["memory", "memory"],
  ] as const) {
    const place = ["requests", "limits"].map((part) => ["resources", part, resource]).find((part) => textAt(value, part) !== undefined);
    if (place === undefined) continue;
    const text = textAt(value, place) as string;
    const quantity = parseQuantity(text.trim());
    const amount = quantity === undefined ? undefined : quantityNumber(quantity);
    if (amount === undefined || amount < 0)
      stated.error("manifest_flag_invalid", [...path, ...place], {
        flag: resource,
        actual: text,
        expected: "a quantity such as 8 or 64Gi",
      });
    else if (amount > 0) stated.set(["resources", key], key === "cpu" ? amount : `${Math.round(amount)}B`, [...path, ...place]);
  }
  for (const part of ["limits", "requests"]) {
    for (const resource of Object.keys(nodeAt(value, ["resources", part]))) {
      if (!/(gpu|mig-|tpu|neuron|gaudi)/i.test(resource) || resource === GPU) continue;
      stated.notModelled(resource, [...path, "resources", part, resource], "give model.gpu and model.gpusPerReplica");
    }
  }
}

/** A probe's figures, completed. */
interface Probe {
  readonly path: IssuePath;
  readonly initialDelaySeconds: number;
  readonly periodSeconds: number;
  readonly failureThreshold: number;
  readonly successThreshold: number;
}

function probeOf({ value, path }: ServerContainer, kind: string, stated: Stated): Probe | undefined {
  if (valueAt(value, [kind]) === undefined || valueAt(value, [kind]) === null) return undefined;
  const read = (key: string, otherwise: number): number => {
    const written = stated.number(value, [kind, key], path, "a whole number");
    // The API server takes 0 for "not given", but for the delay.
    return written === undefined || written <= 0 ? otherwise : written;
  };
  return {
    path: [...path, kind],
    initialDelaySeconds: read("initialDelaySeconds", 0),
    periodSeconds: read("periodSeconds", PROBE.period),
    failureThreshold: read("failureThreshold", PROBE.failures),
    successThreshold: read("successThreshold", PROBE.successes),
  };
}

/**
 * Which probe finds a container up: the startup probe where there is one, for the kubelet runs the readiness probe as soon as it succeeds.
 * The container is killed when the startup probe (without one, the liveness probe) has failed too often.
 * @see kubelet prober worker: manualTriggerCh, and onHold until the container has started
 */
function readProbes(container: ServerContainer, stated: Stated): void {
  const startup = probeOf(container, "startupProbe", stated);
  const readiness = probeOf(container, "readinessProbe", stated);
  const liveness = probeOf(container, "livenessProbe", stated);
  const first = startup ?? readiness;
  if (readiness === undefined) stated.warn("manifest_no_readiness_probe", container.path, { hasStartupProbe: startup !== undefined });
  if (first !== undefined) {
    const because = startup === undefined ? "readinessProbe.periodSeconds" : "startupProbe.periodSeconds";
    stated.set(["readiness", "period"], `${first.periodSeconds}s`, [...first.path, "periodSeconds"], { because });
    if (first.initialDelaySeconds > 0) {
      const path = [...first.path, "initialDelaySeconds"];
      stated.set(["readiness", "initialDelay"], `${first.initialDelaySeconds}s`, path);
    }
  }
  if (readiness !== undefined && readiness.successThreshold > 1) {
    const what = `readinessProbe.successThreshold ${readiness.successThreshold}`;
    stated.notModelled(
      what,
      [...readiness.path, "successThreshold"],
      "a pod is Ready at the first success; add the time to startup.warmUp",
    );
  }
  const killer = startup ?? liveness;
  if (killer !== undefined) {
    const seconds = killer.initialDelaySeconds + killer.failureThreshold * killer.periodSeconds;
    const because = `${startup === undefined ? "livenessProbe" : "startupProbe"}: initialDelaySeconds + failureThreshold × periodSeconds`;
    stated.set(["startup", "deadline"], `${seconds}s`, killer.path, { because });
  }
}

/** Seconds of a preStop hook that only sleeps; undefined for another one. */
function sleepSeconds(hook: unknown): number | undefined {
  const direct = numberAt(hook, ["sleep", "seconds"]);
  if (direct !== undefined) return direct;
  const words = listAt(hook, ["exec", "command"]).map(String).join(" ");
  const match = /^(?:(?:\/\S*\/)?\w*sh -\w*c )?(?:\/\S*\/)?sleep (\d+(?:\.\d+)?)s?;?$/.exec(words.trim());
  return match === null ? undefined : Number(match[1]);
}

function readShutdown({ spec, path }: PodTemplate, { value, path: containerPath }: ServerContainer, stated: Stated): void {
  const grace = stated.number(spec, ["terminationGracePeriodSeconds"], path, "a number of seconds");
  if (grace !== undefined) stated.set(["shutdown", "grace"], `${grace}s`, [...path, "terminationGracePeriodSeconds"]);
  const hook = valueAt(value, ["lifecycle", "preStop"]);
  if (hook === undefined || hook === null) return;
  const place = [...containerPath, "lifecycle", "preStop"];
  const seconds = sleepSeconds(hook);
  if (seconds === undefined) stated.notModelled("this preStop hook", place, "give its usual duration as shutdown.preStop");
  else stated.set(["shutdown", "preStop"], `${seconds}s`, place);
}

const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

function readDeletionCost({ metadata, metadataPath }: PodTemplate, stated: Stated): void {
  const cost = textAt(metadata, ["annotations", DELETION_COST]);
  if (cost === undefined) return;
  const path = [...metadataPath, "annotations", DELETION_COST];
  stated.note(`pod-deletion-cost ${cost} of the template is the same for every pod, so it does not decide which one goes`, path);
}

/** Seconds from the deletion to SIGKILL. */
export function graceSeconds({ spec }: PodTemplate): number {
  return numberAt(spec, ["terminationGracePeriodSeconds"]) ?? GRACE_SECONDS;
}

/** Seconds of the preStop hook; 0 without one, or with one that does not only sleep. */
export function preStopSeconds({ value }: ServerContainer): number {
  return sleepSeconds(valueAt(value, ["lifecycle", "preStop"])) ?? 0;
}
