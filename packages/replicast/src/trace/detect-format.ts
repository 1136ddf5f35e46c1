import type { TraceReader } from "@replicast/sim-core";
import type { TraceFormat } from "./trace-flow.ts";

/** Characters looked at: a log may begin with the server's start. */
const HEAD_CHARACTERS = 65_536;

/** Tells a format by the beginning of a file, whatever it is called. A file that is nothing known is taken for CSV, whose reader says what is missing. */
export function detectFormat(reader: TraceReader): TraceFormat {
  const head = reader.read(HEAD_CHARACTERS);
  if (head.startsWith("PAR1")) return "parquet";
  const text = head.trimStart();
  const [first = ""] = text.split("\n", 1);
  if (text.startsWith("{")) {
    if (/"resultType"|"status"\s*:\s*"(success|error)"/.test(text.slice(0, 1000))) return "prometheus";
    return /"input_length"/.test(first) && /"timestamp"/.test(first) ? "mooncake" : "jsonl";
  }
  if (/Received request /.test(head)) return "vllm-log";
  const names = first.split(",").map((name) => name.trim());
  if (names.includes("window_start_s") && names.includes("rate_rps")) return "servegen";
  if (names.includes("Request tokens")) return "burstgpt";
  return names.includes("TIMESTAMP") ? "azure" : "csv";
}
