import type { IssuePath } from "@replicast/sim-core";
import type { FieldErrors } from "./field-errors.ts";
import type { Shape } from "./shape.ts";

/** `metadata`, as far as it is validated. Null counts as absent. */
export interface RawMetadata {
  readonly name?: string | null;
  readonly generateName?: string | null;
  readonly namespace?: string | null;
  readonly labels?: Readonly<Record<string, string>> | null;
}

/** Of the standard metadata, the fields that are looked at; a stored object holds more, which nobody minds. */
export const METADATA_SHAPE: Shape = {
  fields: {
    name: "string",
    generateName: "string",
    namespace: "string",
    labels: "strings",
    annotations: "strings",
    uid: "any",
    resourceVersion: "any",
    generation: "any",
    creationTimestamp: "any",
    deletionTimestamp: "any",
    deletionGracePeriodSeconds: "any",
    selfLink: "any",
    ownerReferences: "any",
    finalizers: "any",
    managedFields: "any",
  },
};

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an " +
  "alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const DNS_LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric " +
  "character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
  "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is " +
  "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** Validates names and labels as the API server does. @see apimachinery pkg/api/validation/objectmeta.go */
export function validateMetadata(metadata: RawMetadata, path: IssuePath, errors: FieldErrors): void {
  const { name, namespace, labels } = metadata;
  if (name == null || name === "") {
    if ((metadata.generateName ?? "") === "") errors.required([...path, "name"], "name or generateName is required");
  } else if (!SUBDOMAIN.test(name)) errors.invalid([...path, "name"], name, SUBDOMAIN_TEXT);
  if (namespace != null && namespace !== "" && !DNS_LABEL.test(namespace)) {
    errors.invalid([...path, "namespace"], namespace, DNS_LABEL_TEXT);
  }
  for (const value of Object.values(labels ?? {})) {
    if (!LABEL_VALUE.test(value)) errors.invalid([...path, "labels"], value, LABEL_VALUE_TEXT);
  }
}
