import {
  type AdapterRule,
  checkManifest,
  InputError,
  type Issue,
  NODE_MANIFEST_KINDS,
  type PolicyDeployment,
  WORKLOAD_MANIFEST_KINDS,
} from "@replicast/sim-core";
import { parseAllDocuments } from "yaml";
import { readAdapterDocuments } from "./adapter-documents.ts";
import { readAdapterRules } from "./adapter-rules.ts";
import { checkRequests } from "./check-queries.ts";
import { scenarioPath } from "./files.ts";
import { type AnyPolicy, type LoadOptions, load } from "./load.ts";
import { checkController } from "./prospects/check-prospects.ts";
import { placeInObject, placeOf } from "./request-places.ts";
import { resolveZone } from "./zones.ts";

/** Which policy reads which kind of manifest. */
const MANIFEST_POLICIES: Readonly<Record<string, string>> = {
  HorizontalPodAutoscaler: "hpa",
  ScaledObject: "keda",
  PodAutoscaler: "aibrix",
};
/** Kinds that the scenario itself reads. */
const READ_KINDS: readonly string[] = [...WORKLOAD_MANIFEST_KINDS, ...NODE_MANIFEST_KINDS];
/** A bare manifest says nothing about its deployment: small figures that no policy refuses. */
const UNKNOWN_DEPLOYMENT: Omit<PolicyDeployment, "name"> = { namespace: "default", replicas: 1, coldStartSeconds: 300, maxSequences: 128 };
const DAY_SECONDS = 86_400;
/** What a scenario says beside a manifest. */
const SUPPLIED_BY_SCENARIO: readonly string[] = ["keda_trigger_needs_values", "keda_trigger_needs_target"];

interface Document {
  readonly kind: string;
  readonly target: string;
}

/** A file under check. */
interface Source {
  readonly file: string;
  readonly text: string;
  readonly documents: readonly Document[];
  /** It holds rules of a prometheus-adapter, by themselves or in a ConfigMap. */
  readonly holdsRules: boolean;
}

/**
 * Checks scenarios (with all they name), bare manifests, and configurations of prometheus-adapter. What such a configuration offers
 * counts for the manifests beside it.
 *
 * @returns every issue and warning; empty when all is well
 */
export async function validateFiles(paths: readonly string[], options: LoadOptions): Promise<readonly Issue[]> {
  const sources: (Source | Issue)[] = [];
  for (const path of paths) sources.push(await readSource(path, options));
  const adapter = sources.flatMap((source) => ("holdsRules" in source && source.holdsRules ? readAdapterRules(source.text).rules : []));
  const issues: Issue[] = [];
  for (const source of sources) issues.push(...("holdsRules" in source ? await validateSource(source, adapter, options) : [source]));
  return issues;
}

async function readSource(path: string, { files }: LoadOptions): Promise<Source | Issue> {
  const file = scenarioPath(path);
  const text = await files.read(file);
  if (text === undefined) return { code: "file_missing", path: [], file, data: { file } };
  const isPlain = file === path;
  return {
    file,
    text,
    documents: isPlain ? readDocuments(text) : [],
    holdsRules: isPlain && readAdapterDocuments(text).documents.length > 0,
  };
}

async function validateSource(source: Source, adapter: readonly AdapterRule[], options: LoadOptions): Promise<readonly Issue[]> {
  const { file, text, documents, holdsRules } = source;
  if (documents.length === 0 && !holdsRules) return validateScenario(file, options);
  return [
    ...(holdsRules ? readAdapterRules(text).issues.map((issue) => ({ file, ...issue })) : []),
    ...(documents.length > 0 ? validateManifest(source, adapter, options.policies) : []),
  ];
}

async function validateScenario(file: string, options: LoadOptions): Promise<readonly Issue[]> {
  try {
    return (await load(file, options)).warnings;
  } catch (error) {
    if (error instanceof InputError) return error.issues;
    throw error;
  }
}

/** The Kubernetes objects of a file: documents with an apiVersion. */
function readDocuments(text: string): readonly Document[] {
  const parsed = parseAllDocuments(text, { prettyErrors: false, logLevel: "error" });
  return (Array.isArray(parsed) ? parsed : []).flatMap((document) => {
    if (document.errors.length > 0 || document.get("apiVersion") === undefined) return [];
    return [{ kind: String(document.get("kind") ?? ""), target: String(document.getIn(["spec", "scaleTargetRef", "name"]) ?? "") }];
  });
}

function validateManifest(
  { file, text, documents, holdsRules }: Source,
  adapter: readonly AdapterRule[],
  policies: readonly AnyPolicy[],
): readonly Issue[] {
  const readable = documents.filter(({ kind }) => Object.hasOwn(MANIFEST_POLICIES, kind));
  const isRead = documents.some(({ kind }) => READ_KINDS.includes(kind) || kind.endsWith("List"));
  if (readable.length === 0 && !isRead && !holdsRules) {
    const data = { found: documents.map(({ kind }) => kind), known: [...Object.keys(MANIFEST_POLICIES), ...READ_KINDS] };
    return [{ code: "unknown_manifest_kind", path: [], file, line: 1, column: 1, data }];
  }
  const byPolicies = readable.flatMap(({ kind, target }) => {
    const policy = policies.find(({ id }) => id === MANIFEST_POLICIES[kind]);
    return policy === undefined ? [] : validateObject(policy, { file, text, target }, adapter);
  });
  return [...(isRead ? checkManifest(text, file) : []), ...byPolicies];
}

function validateObject(
  policy: AnyPolicy,
  { file, text, target }: { readonly file: string; readonly text: string; readonly target: string },
  adapter: readonly AdapterRule[],
): readonly Issue[] {
  const raw = { kind: policy.id, manifest: file };
  const parsed = policy.parseConfig(raw, {
    deployment: { name: target, ...UNKNOWN_DEPLOYMENT },
    readFile: (path) => (path === file ? text : undefined),
    zone: (timeZone) => resolveZone(timeZone, 0, DAY_SECONDS),
    startEpochSeconds: 0,
    durationSeconds: DAY_SECONDS,
  });
  if (!parsed.ok)
    return parsed.issues.map((issue) => (SUPPLIED_BY_SCENARIO.includes(issue.code) ? { ...issue, severity: "warning" } : issue));
  // What else an adapter offers is the scenario's business, so an unknown metric is only a warning here.
  const texts = new Map([[file, text]]);
  const queries = checkRequests({
    policy: policy.id,
    requests: policy.queries(parsed.config),
    adapter,
    placeOf: (request) => placeOf(request, raw, texts),
  }).map((issue): Issue => ({ file, ...issue, ...(issue.code === "metric_not_exported" ? { severity: "warning" } : {}) }));
  const prospects = checkController({
    kind: policy.id,
    config: parsed.config,
    requests: policy.queries(parsed.config),
    adapter,
    deployment: undefined,
    placeOfRequest: (request) => placeOf(request, raw, texts),
    placeOfField: (path) => placeInObject(path, raw, texts, target),
  }).map((issue): Issue => ({ file, ...issue }));
  // Documents for other policies in the same file are not ignored here: they get their own turn.
  return [...(parsed.warnings ?? []), ...queries, ...prospects].filter(({ code }) => code !== "manifest_document_ignored");
}
