import type {
  Hindrance,
  Issue,
  Json,
  MetricAnswer,
  MetricRequest,
  Observation,
  Policy,
  PolicyContext,
  PolicyOutcome,
  ScaleView,
} from "@replicast/sim-core";
import { isRecord } from "../manifest/documents.ts";
import { nearest } from "../parse.ts";

/** A policy within another one, with its configuration. Plain data; the kind picks the code. */
export type Member = {
  readonly kind: string;
  /** What evidence calls it: the name it was given, else its kind. */
  readonly name: string;
  readonly config: Json;
};

/** A policy of any configuration and state. */
// biome-ignore lint/suspicious/noExplicitAny: configurations and states differ by policy; each policy's parser fixes its own
export type AnyPolicy = Policy<any, any>;

/** Reads one policy within another one's entry; issues keep their place in the whole entry. Undefined when it is refused. */
export function parseMember(
  raw: unknown,
  path: Issue["path"],
  allowed: readonly AnyPolicy[],
  context: PolicyContext,
  report: (issue: Issue) => void,
): Member | undefined {
  const kind = isRecord(raw) ? raw["kind"] : undefined;
  const policy = allowed.find(({ id }) => id === kind);
  if (!isRecord(raw) || policy === undefined) {
    const known = allowed.map(({ id }) => id);
    const near = nearest(String(kind ?? ""), known);
    const data = { actual: typeof kind === "string" ? kind : null, known, ...(near === undefined ? {} : { near }) };
    report({ code: "member_kind", path: isRecord(raw) && kind !== undefined ? [...path, "kind"] : path, data });
    return undefined;
  }
  const parsed = policy.parseConfig(raw, context);
  for (const issue of parsed.ok ? (parsed.warnings ?? []) : parsed.issues)
    report(issue.file === undefined ? { ...issue, path: [...path, ...issue.path] } : issue);
  const { name = policy.id } = raw;
  if (typeof name === "string") return parsed.ok ? { kind: policy.id, name, config: parsed.config } : undefined;
  report({ code: "wrong_type", path: [...path, "name"], data: { expected: "string", actual: String(name) } });
  return undefined;
}

/** A name of a timer or metric of a member, as the policy around it uses it. */
export function memberName(prefix: string, name: string): string {
  return `${prefix}/${name}`;
}

/** The member's own name behind such a name; undefined when it is not that member's. */
export function ownName(prefix: string, name: string): string | undefined {
  return name.startsWith(`${prefix}/`) ? name.slice(prefix.length + 1) : undefined;
}

/** A member's code bound to its configuration, with its timers and metrics under a prefix. */
export class BoundMember {
  private readonly policy: AnyPolicy;
  private readonly member: Member;
  private readonly prefix: string;

  constructor(member: Member, allowed: readonly AnyPolicy[], prefix: string) {
    const policy = allowed.find(({ id }) => id === member.kind);
    if (policy === undefined) throw new TypeError(`no policy of kind ${member.kind}`); // its parser has looked
    this.policy = policy;
    this.member = member;
    this.prefix = prefix;
  }

  get name(): string {
    return this.member.name;
  }

  initialState(): Json {
    return this.policy.initialState(this.member.config);
  }

  timers(): ReturnType<AnyPolicy["timers"]> {
    return this.policy.timers(this.member.config).map((timer) => ({ ...timer, name: memberName(this.prefix, timer.name) }));
  }

  queries(): readonly MetricRequest[] {
    return this.policy.queries(this.member.config).map((request) => this.renamed(request));
  }

  needs(timer: string, state: Json, scale: ScaleView): readonly MetricRequest[] {
    return this.policy.needs(timer, state, this.member.config, scale).map((request) => this.renamed(request));
  }

  /** @param observation - of the whole; the member sees its own timer and its own metrics */
  decide(observation: Observation, timer: string, state: Json): PolicyOutcome<Json> {
    const metrics: Record<string, MetricAnswer> = {};
    for (const [name, answer] of Object.entries(observation.metrics)) {
      const own = ownName(this.prefix, name);
      if (own !== undefined) metrics[own] = answer;
    }
    return this.policy.decide({ ...observation, timer, metrics }, state, this.member.config);
  }

  withCapacity(capacity: Parameters<NonNullable<AnyPolicy["withCapacity"]>>[1]): Member {
    const { policy, member } = this;
    return policy.withCapacity === undefined ? member : { ...member, config: policy.withCapacity(member.config, capacity) };
  }

  without(hindrance: Hindrance, replicasMax: number): Member {
    const { policy, member } = this;
    return policy.without === undefined ? member : { ...member, config: policy.without(member.config, hindrance, replicasMax) };
  }

  private renamed<Request extends MetricRequest>(request: Request): Request {
    return { ...request, name: memberName(this.prefix, request.name) };
  }
}
