import type { PodLifecycleConfig } from "../cluster/config.ts";
import type { ImagePullConfig, SharedBandwidth, WeightsConfig, WeightsSource } from "../cluster/transfer/config.ts";
import type { IssuePath } from "../errors.ts";
import type { DistributionConfig } from "../random/distribution-config.ts";
import type { Findings } from "./build-issues.ts";
import { DEFAULTS } from "./defaults.ts";
import type { LoadSpec, PullSpec, SharedSpec, StartupSpec } from "./spec.ts";

type StartupConfig = Pick<
  PodLifecycleConfig,
  | "scheduleSeconds"
  | "pullSeconds"
  | "image"
  | "containerSeconds"
  | "loadSeconds"
  | "weights"
  | "compileSeconds"
  | "compileCachedSeconds"
  | "captureSeconds"
  | "warmUpSeconds"
  | "restartDelaySeconds"
  | "startDeadlineSeconds"
>;

const NO_TIME: DistributionConfig = { kind: "constant", value: 0 };

/** Completes the parts of a start, preset included, and says what was assumed. */
export function buildStartup(
  deployment: string,
  path: IssuePath,
  spec: StartupSpec,
  weightBytes: number,
  findings: Findings,
): StartupConfig {
  const { schedule, container, compile, compileCached, capture, restart, deadline } = spec;
  const { startup } = DEFAULTS;
  return {
    scheduleSeconds: schedule ?? startup.schedule,
    ...buildPull(deployment, [...path, "pull"], spec.pull, findings),
    ...(container === undefined ? {} : { containerSeconds: container }),
    ...buildLoad(deployment, [...path, "load"], spec.load, weightBytes, findings),
    ...(compile === undefined ? {} : { compileSeconds: compile }),
    ...(compileCached === undefined ? {} : { compileCachedSeconds: compileCached }),
    ...(capture === undefined ? {} : { captureSeconds: capture }),
    warmUpSeconds: buildWarmUp(deployment, spec, findings),
    restartDelaySeconds: restart ?? startup.restart,
    ...(deadline === undefined ? {} : { startDeadlineSeconds: deadline }),
  };
}

function buildPull(
  deployment: string,
  path: IssuePath,
  spec: PullSpec | undefined,
  findings: Findings,
): Pick<StartupConfig, "pullSeconds" | "image"> {
  if (spec === undefined) findings.assume(`${deployment}: an image pull takes 60 s on a node that has not got it.`);
  const written = spec ?? DEFAULTS.startup.pull;
  if ("kind" in written) return { pullSeconds: written };
  const { bytes, bandwidth, shared, base, unpack } = written;
  if (base !== undefined && base.bytes > bytes)
    findings.error("base_larger_than_image", [...path, "base", "bytes"], { name: base.name, bytes, baseBytes: base.bytes });
  const image: ImagePullConfig = {
    bytes,
    bytesPerSecond: bandwidth,
    ...sharedBandwidth(shared),
    ...(base === undefined ? {} : { base }),
    ...(unpack === undefined ? {} : { unpackBytesPerSecond: unpack }),
  };
  return { pullSeconds: NO_TIME, image };
}

function buildLoad(
  deployment: string,
  path: IssuePath,
  spec: LoadSpec | undefined,
  weightBytes: number,
  findings: Findings,
): Pick<StartupConfig, "loadSeconds" | "weights"> {
  if (spec === undefined) findings.assume(`${deployment}: weights load at 2 GB/s plus 10 s.`);
  const written: LoadSpec = spec ?? { bandwidth: DEFAULTS.startup.loadBandwidth, fixed: DEFAULTS.startup.loadFixed };
  if ("kind" in written) return { loadSeconds: written };
  checkLoad(written, path, findings);
  const { source, bandwidth, fixed = 0, shared, bytes, nodeCopy } = written;
  if (source === undefined) return { loadSeconds: { kind: "constant", value: weightBytes / bandwidth + fixed } };
  const weights: WeightsConfig = {
    source,
    bytes: bytes ?? weightBytes,
    bytesPerSecond: bandwidth,
    ...sharedBandwidth(shared),
    ...(nodeCopy === undefined ? {} : { nodeCopyBytesPerSecond: nodeCopy }),
  };
  return { loadSeconds: NO_TIME, weights };
}

/** Keys that mean nothing to a source are not read over in silence. */
const LOAD_KEYS: Readonly<Record<WeightsSource | "none", readonly (keyof LoadBytes)[]>> = {
  none: ["fixed"],
  objectStore: ["shared", "bytes", "nodeCopy"],
  sharedFileSystem: ["shared", "bytes", "nodeCopy"],
  localDisk: ["bytes"],
  streaming: ["shared", "bytes"],
};

type LoadBytes = Exclude<LoadSpec, DistributionConfig>;

function checkLoad(written: LoadBytes, path: IssuePath, findings: Findings): void {
  const { source = "none" } = written;
  for (const key of ["fixed", "shared", "bytes", "nodeCopy"] as const) {
    if (written[key] === undefined || LOAD_KEYS[source].includes(key)) continue;
    findings.error("load_key_without_effect", [...path, key], { source, key });
  }
  if (source === "objectStore" && written.nodeCopy === undefined) findings.error("load_needs_node_copy", path);
}

function buildWarmUp(deployment: string, { warmUp, compile, capture }: StartupSpec, findings: Findings): DistributionConfig {
  if (warmUp !== undefined) return warmUp;
  if (compile !== undefined || capture !== undefined) {
    findings.assume(`${deployment}: besides compilation and graphs nothing is left before the engine is up.`);
    return NO_TIME;
  }
  findings.assume(`${deployment}: warm-up before Ready takes 45 s.`);
  return DEFAULTS.startup.warmUp;
}

function sharedBandwidth(shared: SharedSpec | undefined): { readonly shared?: SharedBandwidth } {
  return shared === undefined ? {} : { shared: { name: shared.name, bytesPerSecond: shared.bandwidth } };
}
