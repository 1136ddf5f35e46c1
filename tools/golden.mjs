// Golden results: every scenario of scenarios/ is compared by the built command, and a digest of the outcome with what is expected.
//   NAME/scenario.yaml with NAME/expected.json, or a folder of several: NAME/CASE.yaml with NAME/CASE.expected.json
//   npm run -s golden             says what moved; exit code 1 when something did
//   npm run -s golden -- --update rewrites the expectations and says which metric moved by how much
//   npm run -s golden -- overshoot which-signal/bursts   only these
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const SCENARIOS = join(ROOT, "scenarios");
const COMMAND = join(ROOT, "packages/cli/dist/main.js");
const OUTPUT_BYTES_MAX = 512 * 1024 * 1024;

/** @type {import("./golden.mjs").scenarioNames} */
export function scenarioNames() {
  return readdirSync(SCENARIOS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => (existsSync(join(SCENARIOS, name, "scenario.yaml")) ? [name] : casesOf(name)))
    .sort();
}

/** A scenario says so in its first key; the manifests beside it do not. */
function casesOf(folder) {
  return readdirSync(join(SCENARIOS, folder))
    .filter((file) => file.endsWith(".yaml") && /^replicast:/m.test(readFileSync(join(SCENARIOS, folder, file), "utf8")))
    .map((file) => `${folder}/${file.slice(0, -".yaml".length)}`);
}

function filesOf(name) {
  const isCase = name.includes("/");
  return {
    scenario: join(SCENARIOS, isCase ? `${name}.yaml` : join(name, "scenario.yaml")),
    expected: join(SCENARIOS, isCase ? `${name}.expected.json` : join(name, "expected.json")),
  };
}

/** @type {import("./golden.mjs").missingData} */
export function missingData(name, dataFolder = process.env["REPLICAST_DATA"]) {
  const text = readFileSync(filesOf(name).scenario, "utf8");
  const needed = [...text.matchAll(/\bdata:([\w./-]+)/g)].map(([, file]) => file);
  return needed.filter((file) => dataFolder === undefined || !existsSync(join(dataFolder, file)));
}

/** @type {import("./golden.mjs").hasUsers} */
export function hasUsers(name) {
  return /^ *(- )?users:/m.test(readFileSync(filesOf(name).scenario, "utf8"));
}

/** @type {import("./golden.mjs").compareScenario} */
export function compareScenario(name, options = []) {
  const args = [COMMAND, "compare", relative(ROOT, filesOf(name).scenario), "--json", "--quiet", ...options];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8", maxBuffer: OUTPUT_BYTES_MAX });
  if (status !== 0 && status !== 3) throw new Error(`compare scenarios/${name} ended with exit code ${status}:\n${stderr}`);
  return { exitCode: status, comparison: JSON.parse(stdout) };
}

/** @type {import("./golden.mjs").digestOf} */
export function digestOf({ exitCode, comparison }) {
  return {
    scenario: comparison.scenario.name,
    exitCode,
    verdict: comparison.verdict,
    ranking: comparison.ranking,
    policies: Object.fromEntries(comparison.runs.map((run) => [run.policy, policyDigest(run)])),
  };
}

function policyDigest(run) {
  const { requests, slo, cost, latency, engine } = run;
  const sum = (field) => run.deployments.reduce((total, deployment) => total + deployment[field], 0);
  return {
    monthlyUsd: cost.monthlyUsd,
    equationUsd: cost.equationUsd,
    byStateUsd: cost.byStateUsd,
    extra: cost.extra,
    derived: run.derived,
    arrived: requests.arrived,
    completed: requests.completed,
    lostRequests: run.lostRequests,
    attainment: slo.attainment,
    violations: slo.violations,
    violationMinutes: slo.violationMinutes,
    sloMet: slo.met,
    thresholdsPassed: run.thresholdsPassed,
    ttftP95Seconds: latency.ttft.p95Seconds,
    tpotP95Seconds: latency.tpot.p95Seconds,
    e2eP95Seconds: latency.e2e.p95Seconds,
    outputTokens: run.outputTokens,
    preemptions: run.preemptions,
    replicasMean: sum("replicasMean"),
    scaleUps: sum("scaleUps"),
    scaleDowns: sum("scaleDowns"),
    pods: run.pods.length,
    nodes: run.nodes.length,
    decisions: run.decisions.length,
    steps: engine.steps,
    events: engine.events,
  };
}

/** @type {import("./golden.mjs").differences} */
export function differences(before, after, path = "") {
  if (Object.is(before, after)) return [];
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => differences(before[key], after[key], path === "" ? key : `${path}.${key}`));
  }
  const change = typeof before === "number" && typeof after === "number" && before !== 0 ? ` (${percent(after / before - 1)})` : "";
  return [`${path}: ${JSON.stringify(before)} → ${JSON.stringify(after)}${change}`];
}

function isRecord(value) {
  return typeof value === "object" && value !== null;
}

function percent(share) {
  return `${share >= 0 ? "+" : ""}${(100 * share).toPrecision(3)} %`;
}

/** @type {import("./golden.mjs").expectedDigest} */
export function expectedDigest(name) {
  const file = filesOf(name).expected;
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
}

function main(update, wanted) {
  let moved = false;
  for (const name of scenarioNames().filter((each) => wanted.length === 0 || wanted.includes(each))) {
    const missing = missingData(name);
    if (missing.length > 0) {
      console.log(`${name}: skipped, ${missing.join(", ")} is not there (set REPLICAST_DATA)`);
      continue;
    }
    const digest = digestOf(compareScenario(name));
    const expected = expectedDigest(name);
    const changes = expected === undefined ? ["no expected.json yet"] : differences(expected, digest);
    moved ||= changes.length > 0;
    console.log(changes.length === 0 ? `${name}: as expected` : [`${name}:`, ...changes.map((change) => `  ${change}`)].join("\n"));
    if (update && changes.length > 0) writeFileSync(filesOf(name).expected, `${JSON.stringify(digest, null, 2)}\n`);
  }
  return moved && !update ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  process.exitCode = main(
    args.includes("--update"),
    args.filter((arg) => !arg.startsWith("--")),
  );
}
