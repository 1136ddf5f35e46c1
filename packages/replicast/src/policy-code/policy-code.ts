import type { Issue, Json, ParseResult, PolicyContext, PolicyProcessSpec, ScenarioSpec } from "@replicast/sim-core";
import { InputError } from "@replicast/sim-core";
import { nearestNames } from "@replicast/sim-core/score";
import type { AnyPolicy } from "../load.ts";
import { guardPolicy } from "./guard-policy.ts";
import { type PolicyChannel, processPolicy } from "./process-policy.ts";

/** How the caller runs code that a scenario names. Left out of {@link LoadOptions}, such a scenario is refused. */
export interface PolicyCode {
  /**
   * Policies of a module.
   * @param reference as the scenario writes it: a path that begins with `./` or `/`, or a package
   * @param scenario path of the scenario file, from which relative paths count
   * @throws InputError
   */
  readonly module: (reference: string, scenario: string) => Promise<readonly AnyPolicy[]>;
  /** Starts a program. One that several entries name alike may be the same. @throws InputError */
  readonly process: (program: PolicyProcessSpec, scenario: string) => Promise<PolicyChannel>;
}

/** A scenario whose entries all have a `kind`, and the policies behind those that it did not have before. */
export interface ResolvedPolicies {
  readonly spec: ScenarioSpec;
  readonly policies: readonly AnyPolicy[];
  /** What decides is no part of the scenario: told among its assumptions. */
  readonly assumptions: readonly string[];
}

type Entry = Readonly<Record<string, unknown>>;

/** Where the code of a controller comes from, and how its kind begins. */
interface Source {
  readonly policy: AnyPolicy;
  readonly prefix: "module" | "process";
  readonly text: string;
}

/**
 * Gives every entry that names a module or a program a kind, and loads what decides for it. What cannot be loaded becomes a policy that
 * refuses every configuration with the reasons, so that the rest of the scenario is looked at all the same.
 *
 * @param file the scenario file, as the caller calls it
 */
export async function resolvePolicyCode(spec: ScenarioSpec, file: string, code: PolicyCode | undefined): Promise<ResolvedPolicies> {
  const resolver = new Resolver(file, code);
  const entries: ScenarioSpec["policies"][number][] = [];
  for (const entry of spec.policies) {
    const { deployments } = entry;
    const own = deployments === undefined ? await resolver.resolve(entry) : entry;
    const nested: Record<string, Entry> = {};
    for (const [name, controller] of Object.entries(deployments ?? {})) nested[name] = await resolver.resolve(controller);
    entries.push((deployments === undefined ? own : { ...own, deployments: nested }) as typeof entry);
  }
  const { policies, assumptions } = resolver;
  return { spec: policies.length === 0 ? spec : { ...spec, policies: entries }, policies, assumptions };
}

class Resolver {
  readonly policies: AnyPolicy[] = [];
  readonly assumptions: string[] = [];
  private readonly file: string;
  private readonly code: PolicyCode | undefined;
  private readonly kinds = new Map<AnyPolicy, string>();
  private readonly loaded = new Map<string, Promise<readonly Source[]>>();

  constructor(file: string, code: PolicyCode | undefined) {
    this.file = file;
    this.code = code;
  }

  async resolve(entry: Entry): Promise<Entry> {
    const { kind, module, process } = entry;
    if (module === undefined && process === undefined) return entry;
    const found = ["module", "process", ...(process === undefined ? [] : ["kind"])].filter((key) => entry[key] !== undefined);
    if (found.length > 1) return this.refused(entry, [{ code: "policy_code_ambiguous", path: [], data: { found } }]);
    const key = module === undefined ? "process" : "module";
    try {
      const sources = await this.load(key, entry[key]);
      return { ...entry, kind: this.kindOf(pick(sources, kind as string | undefined)) };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return this.refused(
        entry,
        error.issues.map(({ file, path, ...issue }) => ({
          ...issue,
          path: [...(issue.code === "unknown_policy_kind" ? [] : [key]), ...path],
        })),
      );
    }
  }

  /** Each module and program once, however many entries name it. */
  private load(key: "module" | "process", value: unknown): Promise<readonly Source[]> {
    const name = JSON.stringify([key, value]);
    const known = this.loaded.get(name) ?? this.open(key, value);
    this.loaded.set(name, known);
    return known;
  }

  private async open(key: "module" | "process", value: unknown): Promise<readonly Source[]> {
    const { code, file } = this;
    const program = value as PolicyProcessSpec;
    const text = key === "module" ? String(value) : program.command.join(" ");
    if (code === undefined) throw new InputError([{ code: "policy_code_not_allowed", path: [], data: { what: key, actual: text } }]);
    if (key === "process") return [{ policy: await processPolicy(await code.process(program, file)), prefix: key, text }];
    return (await code.module(text, file)).map((policy) => ({ policy: guardPolicy(policy), prefix: key, text }));
  }

  /** Two modules may call their policies alike, as two versions of one do: the second gets a number. */
  private kindOf({ policy, prefix, text }: Source): string {
    const known = this.kinds.get(policy);
    if (known !== undefined) return known;
    const name = `${prefix}:${policy.id}`;
    const alike = [...this.kinds.values()].filter((kind) => kind === name || kind.startsWith(`${name}#`)).length;
    const kind = alike === 0 ? name : `${name}#${alike + 1}`;
    this.kinds.set(policy, kind);
    this.policies.push({ ...policy, id: kind, parseConfig: withConfig(policy) });
    this.assumptions.push(`Policies of kind ${kind} are decided by the ${prefix} ${text}.`);
    return kind;
  }

  private refused(entry: Entry, issues: readonly Issue[]): Entry {
    const kind = `refused:${this.policies.length}`;
    this.policies.push(refusing(kind, issues));
    return { ...entry, kind };
  }
}

function pick(sources: readonly Source[], kind: string | undefined): Source {
  const known = sources.map(({ policy }) => policy.id);
  const found = sources.filter(({ policy }) => kind === undefined || policy.id === kind);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new InputError([
    kind === undefined
      ? { code: "module_policy_unclear", path: [], data: { known } }
      : { code: "unknown_policy_kind", path: ["kind"], data: { actual: kind, known, nearest: nearestNames(kind, known) } },
  ]);
}

/** The policy gets what stands under `config`, and its issues get that place. */
function withConfig(policy: AnyPolicy): AnyPolicy["parseConfig"] {
  const within = (issues: readonly Issue[]): readonly Issue[] =>
    issues.map((issue) => (issue.file === undefined ? { ...issue, path: ["config", ...issue.path] } : issue));
  return (raw: unknown, context: PolicyContext): ParseResult<Json> => {
    const parsed: ParseResult<Json> = policy.parseConfig((raw as Entry)["config"] ?? {}, context);
    if (!parsed.ok) return { ok: false, issues: within(parsed.issues) };
    return parsed.warnings === undefined ? parsed : { ...parsed, warnings: within(parsed.warnings) };
  };
}

/** Stands in for what could not be loaded. */
function refusing(id: string, issues: readonly Issue[]): AnyPolicy {
  return {
    id,
    parseConfig: () => ({ ok: false, issues }),
    initialState: () => null,
    timers: () => [],
    needs: () => [],
    queries: () => [],
    decide: (_observation, state) => ({ state }),
  };
}
