import { describe, expect, it } from "vitest";
import type { NodePoolConfig } from "../../cluster/config.ts";
import type { Issue } from "../../errors.ts";
import { describeIssue, formatIssues } from "../../messages.ts";
import { buildPlan } from "../build.ts";
import { type ParseScenarioResult, parseScenario } from "../parse.ts";

const HOUR = 3600;

const machine = ({
  schedule = "{ daysOfWeek: [mon-fri], hoursOfDay: [9-17] }",
  more = "",
  name = "worker",
} = {}): string => `apiVersion: 5spot.finos.org/v1alpha1
kind: ScheduledMachine
metadata: { name: ${name} }
spec:
  clusterName: prod
  schedule: ${schedule}
${more}  bootstrapSpec: { apiVersion: bootstrap.cluster.x-k8s.io/v1beta1, kind: K0sWorkerConfig, spec: {} }
  infrastructureSpec: { apiVersion: infrastructure.cluster.x-k8s.io/v1beta1, kind: RemoteMachine, spec: { address: 192.0.2.1 } }
`;

function parse(manifest: string, scheduled = "{ manifest: machines.yaml }"): ParseScenarioResult {
  const scenario = `replicast: 1
name: tiny
duration: 24h
traffic: [{ arrivals: { kind: poisson, rate: 1/s }, lengths: { prompt: 100, output: 50 } }]
deployments: [{ name: chat, model: llama-2-70b_h100_tp4, replicas: 1 }]
nodePools:
  - name: day
    gpu: H100
    gpusPerNode: 8
    pricePerGpuHour: 2
    max: 9
    scheduled: ${scheduled}
policies: [{ name: two, kind: fixed, replicas: 2 }]
slo: { ttft: "p(95)<2s" }
`;
  return parseScenario(scenario, "scenario.yaml", [], (name) => (name === "machines.yaml" ? manifest : undefined));
}

function poolOf(
  manifest: string,
  scheduled?: string,
): { readonly pool: NodePoolConfig; readonly warnings: readonly Issue[]; readonly said: string } {
  const parsed = parse(manifest, scheduled);
  if (!parsed.ok) throw new Error(formatIssues(parsed.issues));
  const result = buildPlan(parsed.spec, {
    startEpochSeconds: 1_772_409_600, // Monday, 2026-03-02, 00:00 UTC
    zone: (timeZone) =>
      timeZone === "Nowhere" ? undefined : { timeZone, fromEpochSeconds: [0], offsetSeconds: [timeZone === "UTC" ? 0 : -18_000] },
    parsePolicy: () => ({ ok: true, config: {} }),
  });
  if (!result.ok) throw new Error(formatIssues(parsed.locate(result.issues)));
  return { pool: result.plan.cluster.nodePools[0] as NodePoolConfig, warnings: parsed.warnings, said: parsed.assumptions.join("\n") };
}

const refusals = (manifest: string, scheduled?: string): readonly Issue[] => {
  const parsed = parse(manifest, scheduled);
  return parsed.ok ? [] : parsed.issues;
};

describe("a file of ScheduledMachines", () => {
  it("makes a node of each, from the first hour to the end of the last, in its zone, with 5-Spot's time-outs", () => {
    const file = `${machine()}---\n${machine({
      name: "night",
      schedule: "{ daysOfWeek: [mon], hoursOfDay: [22-23], timezone: America/New_York }",
      more: "  gracefulShutdownTimeout: 10m\n  nodeDrainTimeout: 30s\n  priority: 75\n",
    })}`;
    const { pool, warnings, said } = poolOf(file);
    expect(pool.scheduled).toEqual([
      { nodes: 1, windows: [[9 * HOUR, 18 * HOUR]], graceSeconds: 300, drainTimeoutSeconds: 300 },
      { nodes: 1, windows: [], graceSeconds: 600, drainTimeoutSeconds: 30 },
    ]);
    expect(warnings).toEqual([]);
    expect(said).toContain("day: ScheduledMachine worker of machines.yaml:1.");
    expect(said).toContain("its priority 75 only says which of the controller's instances looks after it");
  });

  it("stands beside schedules that the scenario writes itself", () => {
    const { pool } = poolOf(machine(), "[{ nodes: 2, daysOfWeek: [mon], hoursOfDay: ['3'] }, { manifest: machines.yaml }]");
    expect(pool.scheduled?.map(({ nodes, windows }) => [nodes, windows])).toEqual([
      [2, [[3 * HOUR, 4 * HOUR]]],
      [1, [[9 * HOUR, 18 * HOUR]]],
    ]);
  });

  it("has no machine that is switched off, by its schedule or by its kill switch, which is warned of", () => {
    expect(poolOf(machine({ schedule: "{ daysOfWeek: [mon], hoursOfDay: ['9'], enabled: false }" })).pool.scheduled).toEqual([]);
    const { pool, warnings } = poolOf(
      machine({ more: "  killSwitch: true\n  killIfCommands: [java]\n  nodeTaints: [{ key: a, effect: NoSchedule }]\n" }),
    );
    expect(pool.scheduled).toEqual([]);
    expect(warnings.map(({ line, data }) => [line, data?.["what"]])).toEqual([
      [7, "a kill switch that somebody turns off again"],
      [9, "nodeTaints"],
      [8, "killIfCommands"],
    ]);
  });

  it("points at the file for what only a plan can tell", () => {
    const schedule = "{ daysOfWeek: [mon], hoursOfDay: ['9'], timezone: Nowhere }";
    expect(() => poolOf(machine({ schedule }))).toThrow(/machines\.yaml:6:.*unknown_time_zone/);
  });

  it.each([
    { manifest: machine({ schedule: "{ daysOfWeek: [monday], hoursOfDay: [9] }" }), says: "spec.schedule.daysOfWeek[0]: Invalid value" },
    { manifest: machine({ schedule: "{ daysOfWeek: [mon], hoursOfDay: [9-24] }" }), says: "Hours must be 0-23" },
    { manifest: machine({ schedule: "{ daysOfWeek: [mon], hoursOfDay: [9] }" }), says: "in body must be of type string" },
    { manifest: machine({ schedule: "{ daysOfWeek: [mon] }" }), says: "spec.schedule.hoursOfDay: Required value" },
    { manifest: machine({ schedule: '{ cron: "* * * * 0,6" }' }), says: "cron is no field of the resource and is dropped" },
    { manifest: machine({ more: "  gracefulShutdownTimeout: 1h30m\n" }), says: "should match '^[0-9]+[smh]$'" },
    { manifest: machine({ more: "  priority: 256\n" }), says: "less than or equal to 255" },
    { manifest: machine().replace("clusterName: prod", "killSwitch: false"), says: "spec.clusterName: Required value" },
    { manifest: machine().replace("bootstrap.cluster.x-k8s.io/v1beta1", "v1"), says: "must use a namespaced API group" },
    { manifest: machine().replace("v1alpha1", "v1beta1"), says: "is not read" },
    { manifest: "apiVersion: v1\nkind: Pod\nmetadata: { name: x }\n", says: "the file holds no ScheduledMachine, but: Pod x" },
  ])("is refused: $says", ({ manifest, says }) => {
    const issues = refusals(manifest);
    expect(issues[0]?.file).toBe("machines.yaml");
    const said = issues.map((issue) => describeIssue(issue).text.replaceAll('"', "")).join("\n");
    expect(said).toContain(says.replaceAll('"', ""));
  });

  it("is refused where it is not there, and where other keys stand beside it", () => {
    expect(refusals("", "{ manifest: nowhere.yaml }")).toMatchObject([{ code: "deployment_manifest_missing", line: 12 }]);
    expect(refusals(machine(), "[{ manifest: machines.yaml, nodes: 2 }]")).toMatchObject([{ code: "schedule_of_manifest", line: 12 }]);
  });
});
