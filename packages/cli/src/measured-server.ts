import { nearestNames } from "@replicast/sim-core/score";
import { describeServer, InputError, type Issue, linearStart, type Server, type ServerDescription, withLatency } from "replicast";
import type { Io } from "./io.ts";
import { openScenario } from "./open-scenario.ts";

/** Options that say which server was measured, as commander delivers them. */
export interface ServerOptions {
  readonly scenario?: string;
  readonly deployment?: string;
  readonly model?: string;
  readonly gpu?: string;
  readonly gpus?: string;
  readonly vllmVersion?: string;
  readonly maxNumSeqs?: string;
  readonly maxNumBatchedTokens?: string;
  readonly kvBlocks?: string;
  readonly blockSize?: string;
  readonly gpuMemoryUtilization?: string;
  readonly form?: "roofline" | "linear";
}

type Limits = NonNullable<ServerDescription["engine"]>;

/**
 * The server that was measured: a scenario's deployment, or a model and a GPU with the limits given; the form of its latency model as wanted.
 * @throws InputError with everything that is wrong with it
 */
export async function measuredServer(options: ServerOptions, io: Io): Promise<Server> {
  const { gpusPerReplica, ...limits } = parseLimits(options);
  const server =
    options.scenario === undefined
      ? await describe(options, gpusPerReplica, limits)
      : await ofScenario(options, options.scenario, limits, io);
  return inForm(server, options.form);
}

async function describe({ model, gpu, vllmVersion }: ServerOptions, gpusPerReplica: number | undefined, limits: Limits): Promise<Server> {
  if (model === undefined) throw badOption("--model", "", "given where there is no --scenario");
  return describeServer({
    model,
    engine: { ...limits, ...(vllmVersion === undefined ? {} : { version: vllmVersion }) },
    ...(gpu === undefined ? {} : { gpu }),
    ...(gpusPerReplica === undefined ? {} : { gpusPerReplica }),
  });
}

/** A scenario describes its server in full: options would only contradict it. */
async function ofScenario(options: ServerOptions, scenario: string, limits: Limits, io: Io): Promise<Server> {
  const { model, gpu, gpus, vllmVersion } = options;
  const unused = Object.entries({ "--model": model, "--gpu": gpu, "--gpus": gpus, "--vllm-version": vllmVersion }).find(
    ([, value]) => value !== undefined,
  );
  if (unused !== undefined) throw badOption(unused[0], unused[1] ?? "", "left out beside --scenario, which says it");
  if (Object.keys(limits).length > 0) throw badOption("--scenario", scenario, "given without limits of the engine, which it holds");
  const { plan } = await openScenario(scenario, { set: [], plugin: [] }, io);
  const { deployment: name } = options;
  const deployment = name === undefined ? plan.deployments[0] : plan.deployments.find((each) => each.name === name);
  if (deployment !== undefined) return { plan, deployment };
  const known = plan.deployments.map((each) => each.name);
  const data = { actual: name ?? "", known, nearest: nearestNames(name ?? "", known) };
  throw new InputError([{ code: "unknown_deployment_option", path: [], file: "--deployment", data }]);
}

function inForm(server: Server, form: ServerOptions["form"]): Server {
  const { latency } = server.deployment.serving;
  if (form === undefined || form === latency.kind) return server;
  if (form === "linear" && latency.kind === "roofline") return withLatency(server, linearStart(latency));
  throw badOption("--form", form, `the form of the server described, ${latency.kind}`);
}

function badOption(option: string, actual: string, expected: string): InputError {
  return new InputError([{ code: "bad_option", path: [], data: { option, actual, expected } }]);
}

/** @throws InputError `bad_option`, naming every option that is wrong */
function parseLimits(options: ServerOptions): Limits & { readonly gpusPerReplica?: number } {
  const issues: Issue[] = [];
  const read = (option: string, text: string | undefined, expected: string, isGood: (value: number) => boolean): number | undefined => {
    const value = text === undefined ? undefined : Number(text);
    if (value === undefined || (text?.trim() !== "" && isGood(value))) return value;
    issues.push(...badOption(option, text ?? "", expected).issues);
    return undefined;
  };
  const count = (option: string, text: string | undefined): number | undefined =>
    read(option, text, "a whole number above 0", (value) => Number.isSafeInteger(value) && value > 0);
  const share = (value: number): boolean => value > 0 && value <= 1;
  const limits = {
    gpusPerReplica: count("--gpus", options.gpus),
    maxSequences: count("--max-num-seqs", options.maxNumSeqs),
    maxBatchedTokens: count("--max-num-batched-tokens", options.maxNumBatchedTokens),
    kvBlocks: count("--kv-blocks", options.kvBlocks),
    blockTokens: count("--block-size", options.blockSize),
    gpuMemoryUtilization: read("--gpu-memory-utilization", options.gpuMemoryUtilization, "a share above 0, at most 1", share),
  };
  if (issues.length > 0) throw new InputError(issues);
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
