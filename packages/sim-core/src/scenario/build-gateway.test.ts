import { describe, expect, it } from "vitest";
import type { Issue } from "../errors.ts";
import { describeIssue } from "../messages.ts";
import type { GatewayConfig } from "../serving/config.ts";
import { type BuildResult, buildPlan } from "./build.ts";
import { parseScenario } from "./parse.ts";

function build(gateway: string): BuildResult | { readonly ok: false; readonly issues: readonly Issue[] } {
  const parsed = parseScenario(
    `replicast: 1
name: gateways
duration: 1h
traffic:
  - { name: people, deployment: chat, arrivals: { kind: poisson, rate: 3/s }, lengths: { prompt: 100, output: 50 } }
  - { name: other, deployment: code, arrivals: { kind: poisson, rate: 3/s }, lengths: { prompt: 100, output: 50 } }
  - { name: nightly, deployment: chat, arrivals: { kind: poisson, rate: 3/s }, lengths: { prompt: 100, output: 50 } }
deployments:
  - { name: chat, model: llama-2-70b_h100_tp4, replicas: 2, gateway: ${gateway} }
  - { name: code, model: llama-2-70b_h100_tp4, replicas: 2 }
nodePools:
  - { name: h100, gpu: H100, gpusPerNode: 8, pricePerGpuHour: 2.5, max: 2 }
policies:
  - { name: two, deployments: { chat: { kind: constant }, code: { kind: constant } } }
slo: { ttft: "p(95)<2s" }
`,
    "gateways.yaml",
  );
  if (!parsed.ok) return parsed;
  return buildPlan(parsed.spec, {
    startEpochSeconds: 0,
    zone: (timeZone) => ({ timeZone, fromEpochSeconds: [0], offsetSeconds: [0] }),
    parsePolicy: () => ({ ok: true, config: null }),
  });
}

function gatewayOf(written: string): GatewayConfig {
  const result = build(written);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.plan.deployments[0]?.serving.gateway as GatewayConfig;
}

function issuesOf(written: string): readonly Issue[] {
  const result = build(written);
  return result.ok ? result.warnings : result.issues;
}

const PATH = ["deployments", 0, "gateway"];

describe("a gateway", () => {
  it.each([
    { written: "{}", gateway: { routing: "leastRequests" }, because: "as before there was a choice" },
    { written: "{ routing: powerOfTwo }", gateway: { routing: "powerOfTwo" }, because: "a plain name is enough" },
    {
      written: "{ routing: prefixAffinity }",
      gateway: { routing: { kind: "prefixAffinity", loadFactor: 1.25 } },
      because: "the default bound",
    },
    {
      written: "{ routing: { kind: prefixAffinity, loadFactor: 2 } }",
      gateway: { routing: { kind: "prefixAffinity", loadFactor: 2 } },
      because: "a bound of one's own",
    },
    {
      written: "{ routing: { kind: inferenceGateway, weights: { prefix: 0 } }, staleness: 0s }",
      gateway: {
        routing: { kind: "inferenceGateway", weights: { queue: 2, kvCache: 2, prefix: 0 } },
        metricsRefreshSeconds: 0,
      },
      because: "weights one by one",
    },
    {
      written: "{ routing: inferenceGateway }",
      gateway: { routing: { kind: "inferenceGateway", weights: { queue: 2, kvCache: 2, prefix: 3 } }, metricsRefreshSeconds: 0.05 },
      because: "the router's default profile, and its scrapes of 50 ms",
    },
  ])("is completed: $because", ({ written, gateway }) => {
    expect(gatewayOf(written)).toEqual({
      maxQueued: 1000,
      queueTimeoutSeconds: 60,
      maxInFlightPerReplica: Number.POSITIVE_INFINITY,
      ...gateway,
    });
  });

  it("says in its assumptions that it sees its endpoints late", () => {
    const result = build("{ routing: leastKvCache }");
    expect(result.ok && result.plan.assumptions.some((text) => text.includes("reads every 0.05 s"))).toBe(true);
  });
});

describe("flow control", () => {
  it("puts each stream of its own deployment into one band, the highest first", () => {
    const { flowControl } = gatewayOf("{ flowControl: { bands: [{ priority: -1, streams: [nightly], maxQueued: 10 }], ttl: 30s } }");
    expect(flowControl).toEqual({
      queueDepthThreshold: 5,
      kvCacheThreshold: 0.8,
      metricsMaxAgeSeconds: 0.2,
      ttlSeconds: 30,
      noEndpointTtlSeconds: 30,
      fairness: "globalStrict",
      bands: [
        { priority: 0, maxQueued: 5000, flows: [{ name: "people", stream: 0 }] },
        { priority: -1, maxQueued: 10, flows: [{ name: "nightly", stream: 2 }] },
      ],
    });
  });

  it("joins the streams without a band to a band of priority 0 that is written", () => {
    const { flowControl } = gatewayOf("{ flowControl: { maxQueued: unlimited, bands: [{ priority: 0, streams: [nightly] }] } }");
    expect(flowControl?.bands).toEqual([
      {
        priority: 0,
        maxQueued: Number.POSITIVE_INFINITY,
        flows: [
          { name: "nightly", stream: 2 },
          { name: "people", stream: 0 },
        ],
      },
    ]);
  });
});

describe("a gateway is refused", () => {
  const bands = (list: string): string => `{ flowControl: { bands: [${list}] } }`;
  it.each([
    { written: "{ staleness: 1s }", code: "staleness_unused", path: ["staleness"], because: "nobody reads the metrics" },
    { written: "{ routing: leastKvCache, staleness: 10us }", code: "invalid_duration", path: ["staleness"], because: "no such unit" },
    {
      written: "{ routing: leastKvCache, staleness: 0.1ms }",
      code: "staleness_too_short",
      path: ["staleness"],
      because: "too many readings",
    },
    {
      written: "{ flowControl: {}, maxQueued: 5 }",
      code: "flow_control_has_limits",
      path: ["maxQueued"],
      because: "the bands have limits",
    },
    {
      written: "{ flowControl: {}, queueTimeout: 5s }",
      code: "flow_control_has_limits",
      path: ["queueTimeout"],
      because: "there is a ttl",
    },
    {
      written: bands("{ priority: 1, streams: [other] }"),
      code: "unknown_stream",
      path: ["flowControl", "bands", 0, "streams", 0],
      because: "the stream is another deployment's",
    },
    {
      written: bands("{ priority: 1, streams: [people] }, { priority: 2, streams: [people] }"),
      code: "stream_in_two_bands",
      path: ["flowControl", "bands", 1, "streams", 0],
      because: "one stream, two priorities",
    },
    {
      written: bands("{ priority: 1, streams: [people] }, { priority: 1, streams: [nightly] }"),
      code: "duplicate_priority",
      path: ["flowControl", "bands", 1, "priority"],
      because: "which limit holds?",
    },
    {
      written: "{ flowControl: { kvCacheThreshold: 0 } }",
      code: "too_small",
      path: ["flowControl", "kvCacheThreshold"],
      because: "a share of 0",
    },
    { written: "{ routing: fastest }", code: "unknown_value", path: ["routing"], because: "there is no such router" },
  ])("with $code: $because", ({ written, code, path }) => {
    const issue = issuesOf(written).find((found) => found.code === code);
    expect(issue, JSON.stringify(issuesOf(written))).toMatchObject({ code, path: [...PATH, ...path] });
    expect(issue?.severity).not.toBe("warning");
    const { text, hint } = describeIssue(issue as Issue);
    expect(text).not.toContain("undefined");
    expect(hint).toBeDefined();
  });

  it("not, but with a warning, when its metrics are old most of the time", () => {
    expect(issuesOf("{ flowControl: {}, staleness: 1s }")).toMatchObject([
      { code: "metrics_always_old", severity: "warning", path: [...PATH, "staleness"] },
    ]);
  });
});
