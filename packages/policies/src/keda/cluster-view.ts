import { isRecord } from "../manifest/documents.ts";

/** An object of the Kubernetes API as written. */
export type KubernetesObject = { readonly [key: string]: unknown };

/** Other objects that admission may look at. */
export interface ClusterView {
  readonly objects: readonly KubernetesObject[];
  /** All there is: what is not among the objects does not exist. A file with manifests usually holds only some. */
  readonly isComplete: boolean;
}

/** No other object is known. */
export const EMPTY_CLUSTER: ClusterView = { objects: [], isComplete: false };

/** A reference to something that can be scaled, with KEDA's defaults filled in. */
export interface ScaleTarget {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** @see keda v2.20 apis/keda/v1alpha1/gvkr_types.go: an empty kind is a Deployment of apps/v1 */
export function scaleTargetOf(spec: unknown): ScaleTarget {
  const reference = recordAt(spec, "scaleTargetRef");
  const kind = textAt(reference, "kind") || "Deployment";
  return { kind, apiVersion: textAt(reference, "apiVersion") || "apps/v1", name: textAt(reference, "name") };
}

/** Whether two references mean the same object of a namespace; the version of an API does not matter. */
export function isSameTarget(a: ScaleTarget, b: ScaleTarget): boolean {
  return a.kind === b.kind && a.name === b.name && groupOf(a.apiVersion) === groupOf(b.apiVersion);
}

/** API group of an apiVersion; empty for the core group. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}

/** How KEDA calls a kind: `apps/v1.Deployment`. */
export function gvkText({ apiVersion, kind }: ScaleTarget): string {
  return `${apiVersion}.${kind}`;
}

/** Objects of a kind in a namespace; one that names no namespace is taken to be there. */
export function objectsOf(cluster: ClusterView, kind: string, namespace: string): readonly KubernetesObject[] {
  return cluster.objects.filter((object) => {
    const own = textAt(object["metadata"], "namespace");
    return object["kind"] === kind && (own === "" || namespace === "" || own === namespace);
  });
}

/** The object that a reference names, if it is known. */
export function findTarget(cluster: ClusterView, target: ScaleTarget, namespace: string): KubernetesObject | undefined {
  return objectsOf(cluster, target.kind, namespace).find(
    (object) => nameOf(object) === target.name && groupOf(textAt(object, "apiVersion")) === groupOf(target.apiVersion),
  );
}

/** `metadata.name` of an object; empty when there is none. */
export function nameOf(object: KubernetesObject): string {
  return textAt(object["metadata"], "name");
}

/** A text member of what may be an object; empty when it is anything else. */
export function textAt(value: unknown, key: string): string {
  const member = isRecord(value) ? value[key] : undefined;
  return typeof member === "string" ? member : "";
}

/** A member that is an object, else an empty one. */
export function recordAt(value: unknown, ...keys: readonly string[]): KubernetesObject {
  let found: unknown = value;
  for (const key of keys) found = isRecord(found) ? found[key] : undefined;
  return isRecord(found) ? found : {};
}
