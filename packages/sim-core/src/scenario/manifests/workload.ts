import type { Json } from "../../errors.ts";
import { hasKnownDefaults } from "../../serving/default-limits.ts";
import { readCommand, readVariables } from "./command-line.ts";
import type { ManifestObject } from "./documents.ts";
import { listAt, type Node, nodeAt, textAt, valueAt } from "./node.ts";
import { gpusOf, graceSeconds, type PodTemplate, preStopSeconds, readPod, type ServerContainer, serverContainer } from "./pod.ts";
import { readModel, type Written } from "./served-model.ts";
import { Stated } from "./stated.ts";
import { readStrategy } from "./strategy.ts";
import { readSurroundings } from "./surroundings.ts";
import { imageVersion, readVllm, readVllmVariables, type ServedModel } from "./vllm.ts";

const API_VERSIONS: Readonly<Record<string, string>> = {
  Deployment: "apps/v1",
  StatefulSet: "apps/v1",
  LeaderWorkerSet: "leaderworkerset.x-k8s.io/v1",
};

/** Reads a workload and the objects around it. @returns what each of them states, the workload first */
export function readWorkload(object: ManifestObject, objects: readonly ManifestObject[], written: Written): readonly Stated[] {
  const stated = new Stated(object);
  const wanted = API_VERSIONS[object.kind] as string;
  if (object.apiVersion !== wanted) {
    stated.error("deployment_manifest_api_version", ["apiVersion"], { kind: object.kind, actual: object.apiVersion, wanted });
    return [stated];
  }
  const replicas = valueAt(object.value, ["spec", "replicas"]);
  if (object.name !== "") stated.set(["name"], object.name, ["metadata", "name"]);
  if (object.namespace !== undefined) stated.set(["namespace"], object.namespace, ["metadata", "namespace"]);
  if (replicas === undefined || replicas === null) stated.set(["replicas"], 1, ["spec"], { because: "Kubernetes' default" });
  else stated.set(["replicas"], replicas as Json, ["spec", "replicas"]);
  const pod = podOf(object);
  const container = serverContainer(pod);
  if (container === undefined) {
    stated.error("deployment_manifest_no_container", pod.path, { kind: object.kind });
    return [stated];
  }
  const configMaps = objects.filter(({ kind }) => kind === "ConfigMap");
  const configMap = (name: string): Node | undefined => {
    const found = configMaps.find((candidate) => candidate.name === name);
    return found === undefined ? undefined : nodeAt(found.value, ["data"]);
  };
  const command = readCommand(container.value, container.path, readVariables(container.value, configMap));
  const served = command.isVllm ? readVllm(command, stated) : undefined;
  if (command.isVllm) readVllmVariables(container, stated);
  const image = textAt(container.value, ["image"]) ?? "";
  if (served === undefined) {
    const what = `the server of the image ${image || "that is not named"}`;
    stated.notModelled(what, [...container.path, "image"], "only vLLM's arguments are read: give model and engine in the scenario");
  } else {
    readServer(served, { pod, container }, image, stated);
  }
  const size = readSize(object, container, stated);
  readModel({ pod, container, gpus: size.gpus }, served, written, stated);
  if (size.nodes > 1) stated.set(["nodesPerReplica"], size.nodes, SIZE_PATH);
  readPod(pod, container, stated);
  readOrder(object, stated);
  if (object.kind === "Deployment") readStrategy(object, stated);
  readOtherFields(object, stated);
  return [stated, ...readSurroundings(objects, nodeAt(pod.metadata, ["labels"]), object)];
}

const SIZE_PATH = ["spec", "leaderWorkerTemplate", "size"] as const;

interface ReplicaSize {
  /** Undefined when no pod asks for GPUs. */
  readonly gpus: number | undefined;
  /** Pods with GPUs, each on a node of its own. */
  readonly nodes: number;
}

/** Of a LeaderWorkerSet the leader and its workers are one replica. @see LeaderWorkerSet: size is 1 unless given, and counts the leader */
function readSize({ kind, value }: ManifestObject, container: ServerContainer, stated: Stated): ReplicaSize {
  const own = gpusOf(container.value);
  if (kind !== "LeaderWorkerSet") return { gpus: own, nodes: 1 };
  const size = Math.max(1, stated.number(value, SIZE_PATH, [], "a number of pods") ?? 1);
  const containers = listAt(value, ["spec", "leaderWorkerTemplate", "workerTemplate", "spec", "containers"]);
  const each = containers.map(gpusOf).find((gpus) => gpus !== undefined) ?? 0;
  const [leader, workers] = [own ?? 0, size - 1];
  const gpus = leader + workers * each;
  const nodes = (leader > 0 ? 1 : 0) + (each > 0 ? workers : 0);
  if (leader > 0 && each > 0 && leader !== each && workers > 0)
    stated.notModelled("a leader with other GPUs than its workers", SIZE_PATH, "every node of a replica holds as many GPUs");
  return { gpus: gpus === 0 ? undefined : gpus, nodes: Math.max(1, nodes) };
}

/** The pod that takes the requests: of a LeaderWorkerSet its leader's, where it differs. */
function podOf({ kind, value }: ManifestObject): PodTemplate {
  const leader = ["spec", "leaderWorkerTemplate", "leaderTemplate"];
  const worker = ["spec", "leaderWorkerTemplate", "workerTemplate"];
  const path = kind !== "LeaderWorkerSet" ? ["spec", "template"] : valueAt(value, leader) === undefined ? worker : leader;
  const metadataPath = [...path, "metadata"];
  return {
    spec: nodeAt(value, [...path, "spec"]),
    path: [...path, "spec"],
    metadata: nodeAt(value, metadataPath),
    metadataPath,
  };
}

/**
 * What vLLM does at SIGTERM, and which version it is.
 * @see vLLM --shutdown-timeout, default 0: running requests are aborted
 */
function readServer(
  { drainSeconds }: ServedModel,
  { pod, container }: { readonly pod: PodTemplate; readonly container: ServerContainer },
  image: string,
  stated: Stated,
): void {
  const isDraining = drainSeconds > 0;
  const because = isDraining ? "--shutdown-timeout" : "vLLM without --shutdown-timeout aborts what runs";
  stated.set(["shutdown", "onTerminate"], isDraining ? "drain" : "abort", container.path, { because });
  // The server gives up earlier than the kubelet would.
  const ownGrace = preStopSeconds(container) + drainSeconds;
  if (isDraining && ownGrace < graceSeconds(pod)) {
    stated.set(["shutdown", "grace"], `${ownGrace}s`, container.path, { because: "preStop + --shutdown-timeout" });
  }
  const version = imageVersion(image);
  if (version === undefined) return;
  const path = [...container.path, "image"];
  if (hasKnownDefaults(version)) stated.set(["engine", "version"], version, path);
  else stated.notModelled(`the scheduler of vLLM ${version}`, path, "that of 0.8 and later is: give the limits it starts with in engine");
}

/** How pods are named and kept, and how those of sets are replaced: nothing of it happens while replicas come and go. */
const IDLE_KEYS: readonly string[] = [
  "minReadySeconds",
  "networkConfig",
  "ordinals",
  "paused",
  "persistentVolumeClaimRetentionPolicy",
  "progressDeadlineSeconds",
  "revisionHistoryLimit",
  "rolloutStrategy",
  "selector",
  "serviceName",
  "startupPolicy",
  "strategy",
  "updateStrategy",
  "volumeClaimTemplates",
];
const STRATEGY_KEYS: readonly string[] = ["strategy", "minReadySeconds", "progressDeadlineSeconds"];
const READ_KEYS: readonly string[] = ["replicas", "template", "leaderWorkerTemplate", "podManagementPolicy"];

function readOtherFields(object: ManifestObject, stated: Stated): void {
  for (const key of Object.keys(nodeAt(object.value, ["spec"]))) {
    if (object.kind === "Deployment" && STRATEGY_KEYS.includes(key)) continue;
    if (IDLE_KEYS.includes(key)) stated.idle.add(key);
    else if (!READ_KEYS.includes(key)) stated.notModelled(key, ["spec", key], "if it matters, say in the scenario what it does");
  }
}

/** Sets of pods with an order of their own. */
function readOrder(object: ManifestObject, stated: Stated): void {
  if (object.kind !== "StatefulSet") return;
  const policy = textAt(object.value, ["spec", "podManagementPolicy"]) ?? "OrderedReady";
  if (policy !== "Parallel") {
    stated.notModelled(`podManagementPolicy ${policy}`, ["spec"], "pods start side by side, and go in the order of a ReplicaSet");
  } else stated.notModelled("the order of a StatefulSet's scale-down", ["spec"], "pods go in the order of a ReplicaSet");
}
