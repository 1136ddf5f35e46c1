import {
  createSampler,
  createStreams,
  exp,
  GammaDistribution,
  InputError,
  ln,
  lnGamma,
  pow,
  type Sampler,
  type Stream,
  type TraceRow,
} from "@replicast/sim-core";
import type { PrometheusOptions } from "./read-prometheus.ts";
import { readTable, type TableRow } from "./read-table.ts";
import type { LogLengths } from "./read-vllm-log.ts";
import type { TraceInput } from "./trace-flow.ts";

/** Lengths of ServeGen clients. */
export interface ServeGenOptions extends LogLengths, PrometheusOptions {
  /** Table of quantiles per client and field (`client`, `field`, `p1` … `p99`). */
  readonly clientLengths?: TraceInput;
}

/** One client's window. */
interface Window {
  readonly startSeconds: number;
  readonly perSecond: number;
  /** A gap of mean 1, in requests that are to be expected, from a number in [0, 1). */
  readonly gap: (uniform: number) => number;
}

const PROBABILITIES = [1, 5, 10, 25, 50, 75, 90, 95, 99] as const;

/**
 * Requests of ServeGen's clients: each client's gaps follow the family and shape of the window, its clock runs at the window's rate.
 * Each client draws from a stream of its own.
 * @see Xiang et al., "ServeGen", arXiv 2505.09999: windows of 600 s, Gamma or Weibull gaps per client
 */
export function* serveGenRows(input: TraceInput, options: ServeGenOptions, seed: string): Generator<TraceRow> {
  const streams = createStreams(seed);
  const lengths = options.clientLengths === undefined ? undefined : readTable(options.clientLengths, ["client", "field", "p50", "p99"]);
  const clients = [...windowsByClient(input)].map(([name, windows]) => {
    const length = {
      prompt: samplerOf(name, "input_tokens", lengths, options.promptTokens, input),
      output: samplerOf(name, "output_tokens", lengths, options.outputTokens, input),
    };
    return new Client(name, windows, length, streams.get(`trace-client/${name}`));
  });
  for (let line = 1; ; line++) {
    let first: Client | undefined;
    for (const client of clients) if (first === undefined || client.nextSeconds < first.nextSeconds) first = client;
    if (first === undefined || first.nextSeconds === Number.POSITIVE_INFINITY) return;
    yield first.take(line);
  }
}

function windowsByClient(input: TraceInput): ReadonlyMap<string, readonly Window[]> {
  const clients = new Map<string, Window[]>();
  for (const row of readTable(input, ["client", "window_start_s", "rate_rps", "family", "shape", "scale"])) {
    const name = row.text("client");
    const windows = clients.get(name) ?? [];
    clients.set(name, windows);
    windows.push({ startSeconds: row.number("window_start_s"), perSecond: row.number("rate_rps"), gap: gapOf(row) });
  }
  return clients;
}

/** Family and shape as the window has them; the scale follows from the rate, which the window states, too, and better. */
function gapOf(row: TableRow): Window["gap"] {
  const family = row.text("family");
  if (family === "" || row.number("rate_rps") === 0) return (uniform) => -ln(1 - uniform);
  const shape = row.number("shape");
  if (family === "Weibull") {
    const scale = exp(-lnGamma(1 + 1 / shape));
    return (uniform) => scale * pow(-ln(1 - uniform), 1 / shape);
  }
  const gamma = new GammaDistribution(shape);
  return (uniform) => gamma.quantile(uniform) / shape;
}

function samplerOf(
  client: string,
  field: string,
  table: readonly TableRow[] | undefined,
  fixed: number | "max" | undefined,
  { name: file }: TraceInput,
): Sampler {
  const row = table?.find((each) => each.text("client") === client && each.text("field") === field);
  if (row === undefined) {
    if (typeof fixed === "number") return createSampler({ kind: "constant", value: fixed });
    throw new InputError([{ code: "trace_client_lengths", path: [], file, data: { client, field } }]);
  }
  const points = PROBABILITIES.map((percent): readonly [number, number] => [percent / 100, row.number(`p${percent}`)]);
  // nothing is known beyond the outermost quantiles: they are its ends
  return createSampler({ kind: "quantiles", points: [[0, row.number("p1")], ...points, [1, row.number("p99")]] });
}

class Client {
  nextSeconds = 0;
  readonly #name: string;
  readonly #windows: readonly Window[];
  readonly #lengths: { readonly prompt: Sampler; readonly output: Sampler };
  readonly #stream: Stream;
  #window = 0;

  constructor(name: string, windows: readonly Window[], lengths: { readonly prompt: Sampler; readonly output: Sampler }, stream: Stream) {
    this.#name = name;
    this.#windows = windows;
    this.#lengths = lengths;
    this.#stream = stream;
    this.nextSeconds = windows[0]?.startSeconds ?? Number.POSITIVE_INFINITY;
    this.#advance();
  }

  take(line: number): TraceRow {
    const { prompt, output } = this.#lengths;
    const seconds = this.nextSeconds;
    const promptTokens = Math.max(1, Math.round(prompt.sample(this.#stream)));
    const outputTokens = Math.max(1, Math.round(output.sample(this.#stream)));
    this.#advance();
    return { line, seconds, promptTokens, outputTokens, tenant: this.#name };
  }

  /** A gap is drawn in the window in which it begins, and used up at the rates of the windows that it spans. */
  #advance(): void {
    let left = Number.NaN; // requests that are to be expected until the next one
    let at = this.nextSeconds;
    for (; this.#window < this.#windows.length; this.#window++) {
      const { startSeconds, perSecond, gap } = this.#windows[this.#window] as Window;
      at = Math.max(at, startSeconds);
      const endSeconds = this.#endOf(this.#window);
      if (perSecond === 0 || at >= endSeconds) continue;
      if (Number.isNaN(left)) left = gap(this.#stream.uniform());
      if (at + left / perSecond < endSeconds) {
        this.nextSeconds = at + left / perSecond;
        return;
      }
      left -= (endSeconds - at) * perSecond;
    }
    this.nextSeconds = Number.POSITIVE_INFINITY;
  }

  #endOf(window: number): number {
    const start = (this.#windows[window] as Window).startSeconds;
    const next = this.#windows[window + 1]?.startSeconds;
    // the last window is as long as the one before it
    return next ?? start + (start - (this.#windows[window - 1]?.startSeconds ?? start - USUAL_WINDOW_SECONDS));
  }
}

/** @see ServeGen: windows of 10 minutes */
const USUAL_WINDOW_SECONDS = 600;
