import type { TraceFlow } from "./trace-flow.ts";

/** One stream of a trace, as columns. */
export interface StreamColumns {
  readonly name: string;
  /** Seconds since the trace's first request, ascending. */
  readonly times: Float64Array;
  readonly promptTokens: Int32Array;
  readonly outputTokens: Int32Array;
}

/** Columns that grow. */
class Growing {
  times = new Float64Array(1024);
  prompt = new Int32Array(1024);
  output = new Int32Array(1024);
  count = 0;

  add(seconds: number, promptTokens: number, outputTokens: number): void {
    if (this.count === this.times.length) this.#grow();
    this.times[this.count] = seconds;
    this.prompt[this.count] = promptTokens;
    this.output[this.count++] = outputTokens;
  }

  #grow(): void {
    const [times, prompt, output] = [new Float64Array(2 * this.count), new Int32Array(2 * this.count), new Int32Array(2 * this.count)];
    times.set(this.times);
    prompt.set(this.prompt);
    output.set(this.output);
    Object.assign(this, { times, prompt, output });
  }

  close(name: string): StreamColumns {
    return {
      name,
      times: this.times.slice(0, this.count),
      promptTokens: this.prompt.slice(0, this.count),
      outputTokens: this.output.slice(0, this.count),
    };
  }
}

/** A trace as one stream per tenant: the largest ones, and what is left as "others". 16 bytes a request. */
export async function columnsByTenant(flow: TraceFlow, tenantsMax: number, requestsMin: number): Promise<readonly StreamColumns[]> {
  const byTenant = new Map<string, Growing>();
  let first = Number.NaN;
  for await (const batch of flow.batches) {
    for (const { seconds, promptTokens, outputTokens, tenant = "" } of batch) {
      if (Number.isNaN(first)) first = seconds;
      const columns = byTenant.get(tenant) ?? new Growing();
      byTenant.set(tenant, columns);
      columns.add(seconds - first, promptTokens, outputTokens);
    }
  }
  const sorted = [...byTenant].sort(([, a], [, b]) => b.count - a.count);
  const kept = sorted.filter(([, { count }], index) => index < tenantsMax && (count >= requestsMin || sorted.length === 1));
  const rest = sorted.filter((each) => !kept.includes(each));
  const streams = kept.map(([name, columns]) => columns.close(name === "" ? "traffic" : name));
  return rest.length === 0
    ? streams
    : [
        ...streams,
        together(
          "others",
          rest.map(([name, columns]) => columns.close(name)),
        ),
      ];
}

/** Several streams as one. */
export function together(name: string, streams: readonly StreamColumns[]): StreamColumns {
  const total = streams.reduce((sum, { times }) => sum + times.length, 0);
  const columns = { name, times: new Float64Array(total), promptTokens: new Int32Array(total), outputTokens: new Int32Array(total) };
  const order = streams.flatMap((stream) => Array.from(stream.times, (seconds, index) => ({ seconds, stream, index })));
  order.sort((a, b) => a.seconds - b.seconds); // stable: at one instant as the streams are given
  for (const [at, { seconds, stream, index }] of order.entries()) {
    columns.times[at] = seconds;
    columns.promptTokens[at] = stream.promptTokens[index] as number;
    columns.outputTokens[at] = stream.outputTokens[index] as number;
  }
  return columns;
}

/** The part of a stream within [fromSeconds, toSeconds), its times counted from the beginning of the part. */
export function partOf({ name, times, promptTokens, outputTokens }: StreamColumns, fromSeconds: number, toSeconds: number): StreamColumns {
  const after = (seconds: number): number => {
    const found = times.findIndex((time) => time >= seconds);
    return found < 0 ? times.length : found;
  };
  const [from, to] = [after(fromSeconds), after(toSeconds)];
  return {
    name,
    times: times.slice(from, to).map((seconds) => seconds - fromSeconds),
    promptTokens: promptTokens.slice(from, to),
    outputTokens: outputTokens.slice(from, to),
  };
}
