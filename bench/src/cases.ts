import { existsSync, readFileSync } from "node:fs";
import { type BoundPolicy, LENGTHS_PRESETS, type MetricSource, type OpenTrace, type Plan, type TrafficConfig } from "@replicast/sim-core";
import { tinyPlan } from "@replicast/sim-core/testing";

/** One workload that can be simulated again and again. */
export interface BenchCase {
  readonly title: string;
  readonly plan: Plan;
  readonly openTrace?: OpenTrace;
  /** The plan's policy that runs; "fixed", without a controller, when left out. */
  readonly policy?: string;
  readonly controllers?: readonly BoundPolicy[];
  readonly metricSource?: MetricSource;
}

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;
/** Mean rate of the Azure 2023 conversation trace: 19,366 requests in 3,502 s. */
const AZURE_PER_SECOND = 5.53;

/** The Azure hour on one replica of an 8B model; undefined when the trace is not there. */
export function azureHour(dataFolder: string | undefined, durationSeconds: number = HOUR_SECONDS): BenchCase | undefined {
  const file = `${dataFolder}/samples/azure-2023-conv-1h.csv`;
  if (dataFolder === undefined || !existsSync(file)) return undefined;
  const text = readFileSync(file, "utf8");
  const traffic: TrafficConfig = { kind: "trace", name: "azure", deployment: "chat", file, speed: 1, offsetSeconds: 0, spreadSeconds: 0 };
  return {
    title: "Azure conversation hour, 1 replica, 8B",
    plan: fixedFleet(1, durationSeconds, traffic),
    openTrace: () => readerOf(text),
  };
}

/** A day at 20 times the rate of the Azure hour, drawn while it runs, on 20 replicas. */
export function generatedDay(durationSeconds: number = DAY_SECONDS): BenchCase {
  const lengths = LENGTHS_PRESETS.get("azure-conversation-2023");
  if (lengths === undefined) throw new Error("the lengths preset is gone");
  const traffic: TrafficConfig = {
    kind: "generator",
    name: "day",
    deployment: "chat",
    arrivals: { kind: "modulatedPoisson", rate: { kind: "constant", perSecond: 20 * AZURE_PER_SECOND }, sigma: 0.21, tauSeconds: 600 },
    lengths: lengths.lengths,
    surges: [],
  };
  return { title: "generated day at 20 times the rate, 20 replicas, 8B", plan: fixedFleet(20, durationSeconds, traffic) };
}

function fixedFleet(replicas: number, durationSeconds: number, traffic: TrafficConfig): Plan {
  return tinyPlan({
    durationSeconds,
    deployments: [{ replicas, gateway: { maxQueued: 100_000 } }],
    nodePools: [{ name: "pool", maxNodes: replicas }],
    traffic: [traffic],
  });
}

function readerOf(text: string): { read(maxCharacters: number): string } {
  let position = 0;
  return {
    read(maxCharacters) {
      const piece = text.slice(position, position + maxCharacters);
      position += maxCharacters;
      return piece;
    },
  };
}
