import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const COMMAND = new URL("../../packages/cli/dist/index.js", import.meta.url).href;
/** The command, which then says what CPU time all its threads took. */
const TIMED = `
import { main, processIo } from ${JSON.stringify(COMMAND)};
process.exitCode = await main(process.argv.slice(1), processIo());
process.stderr.write("\\n" + JSON.stringify(process.cpuUsage()));
`;
const SCENARIO = fileURLToPath(new URL("../../scenarios/replay-azure-hour", import.meta.url));
/** 5 × 4 × 10 points. None of the fields changes what a replica can carry, which would have to be found anew. */
const VARIED = ["policies.fixed.replicas=2..6:1", "nodePools.l40s.max=6..9:1", "nodePools.l40s.pricePerGpuHour=1..10:1"];
const POINTS = 200;
const REPLICATIONS = 10;
/** A few of the hour's minutes: the whole hour 2,000 times is hours of work. */
const SLICE = "3m";

/** The time that a sweep takes with one thread and with two, from the start of the command to its end. */
export function reportSweep(dataFolder: string | undefined): void {
  if (dataFolder === undefined || !existsSync(`${dataFolder}/samples/azure-2023-conv-1h.csv`)) {
    console.log("skipped: the sweep (set REPLICAST_DATA to a folder with samples/azure-2023-conv-1h.csv)\n");
    return;
  }
  console.log(`sweep of ${POINTS} points × ${REPLICATIONS} replications, ${SLICE} of the Azure hour, fixed replicas`);
  const one = measure(1);
  const two = measure(2);
  console.log(
    `two threads ÷ one: ${(one.wallSeconds / two.wallSeconds).toFixed(2)} by the clock, ${(two.cpuSeconds / one.cpuSeconds).toFixed(2)} times the CPU time\n`,
  );
}

interface SweepTime {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

function measure(jobs: number): SweepTime {
  const folder = mkdtempSync(join(tmpdir(), "bench-sweep-"));
  try {
    const varied = VARIED.flatMap((text) => ["--vary", text]);
    const fixed = ["--replications", String(REPLICATIONS), "--policy", "fixed", "--set", `duration=${SLICE}`, "--quiet"];
    const args = ["sweep", SCENARIO, ...varied, ...fixed, "--jobs", String(jobs), "--out", folder];
    const before = process.hrtime.bigint();
    const child = spawnSync(process.execPath, ["--input-type=module", "-e", TIMED, "--", ...args], { encoding: "utf8", maxBuffer: 1e8 });
    const wallSeconds = Number(process.hrtime.bigint() - before) / 1e9;
    if (child.status !== 0) throw new Error(`the sweep failed:\n${child.stderr}`);
    const { user, system } = JSON.parse(child.stderr.trim().split("\n").at(-1) ?? "") as NodeJS.CpuUsage;
    const cpuSeconds = (user + system) / 1e6;
    const rate = (POINTS * REPLICATIONS) / wallSeconds;
    console.log(`${jobs} thread(s)  ${wallSeconds.toFixed(1)} s  ${rate.toFixed(1)} cells/s  ${cpuSeconds.toFixed(1)} CPU-s`);
    return { wallSeconds, cpuSeconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
