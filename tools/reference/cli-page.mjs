import { main } from "../../packages/cli/dist/index.js";
import { GENERATED } from "./markdown.mjs";

const COMMANDS = [
  "run",
  "compare",
  "explain",
  "fork",
  "capacity",
  "optimum",
  "sweep",
  "merge",
  "calibrate",
  "validate",
  "init",
  "schema",
  "trace",
  "trace summary",
  "trace convert",
  "trace generate",
  "trace fit",
];

/** @returns {Promise<string>} the page about the command line: what `--help` says */
export async function cliPage() {
  const sections = [];
  for (const command of COMMANDS) sections.push(`## ${command}\n\n${block(await help([...command.split(" "), "--help"]))}`);
  return `${GENERATED}

# Command line

In this repository the command is \`npm run -s replicast -- …\` after \`npm run bootstrap\`; installed from the package
\`@replicast/cli\` it is \`replicast …\`. Results go to standard output, everything else to standard error; progress is drawn only
when standard error is a terminal. Exit codes: [errors](errors.md#exit-codes-of-the-command).

${block(await help(["--help"]))}

${sections.join("\n\n")}
`;
}

async function help(args) {
  let text = "";
  const write = (piece) => {
    text += piece;
  };
  await main(args, {
    out: write,
    err: write,
    errIsTerminal: false,
    outColumns: 100,
    color: false,
    env: {},
    workingFolder: ".",
    clockSeconds: () => 0,
  });
  return text;
}

function block(text) {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``;
}
