import { isRecord } from "../manifest/documents.ts";
import type { LoadedManifest } from "../manifest/load.ts";
import type { KedaAnnotations } from "./spec.ts";

const PREFIX = "autoscaling.keda.sh/";

/**
 * Warns of annotations that pause: left over from an incident, they hold for the whole run, and nothing else would say why nothing scales.
 *
 * @see keda v2.20 apis/keda/v1alpha1/scaledobject_types.go
 */
export function warnAboutPause({ value, report }: LoadedManifest, annotations: KedaAnnotations): void {
  const { metadata } = value;
  const written = isRecord(metadata) && isRecord(metadata["annotations"]) ? metadata["annotations"] : {};
  const { paused, pausedReplicas, pausedScaleIn, pausedScaleOut } = annotations;
  const effects: readonly (readonly [name: string, holds: boolean, effect: string])[] = [
    ["paused-replicas", pausedReplicas !== undefined, `the replicas are set to ${pausedReplicas} and stay there`],
    ["paused", paused && pausedReplicas === undefined, "the replicas stay as they are"],
    ["paused-scale-in", pausedScaleIn && !paused, "no replica is ever removed"],
    ["paused-scale-out", pausedScaleOut && !paused, "no replica is ever added"],
  ];
  for (const [name, holds, effect] of effects) {
    const key = `${PREFIX}${name}`;
    if (!holds || !Object.hasOwn(written, key)) continue;
    report({ code: "keda_paused", severity: "warning", path: ["metadata", "annotations", key], data: { annotation: key, effect } });
  }
}
