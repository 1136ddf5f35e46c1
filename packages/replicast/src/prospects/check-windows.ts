import type { Query } from "@replicast/promql";
import type { Issue } from "@replicast/sim-core";
import { queryText, tryParse } from "../metric-names.ts";
import { type ControllerProspect, warning } from "./setting.ts";

type Expression = Query["expression"];

/** Functions that need two samples of a series in their window. @see Prometheus, querying functions */
const TWO_SAMPLE_FUNCTIONS: readonly string[] = ["rate", "irate", "increase", "delta", "idelta", "deriv", "predict_linear"];

/**
 * Windows of a rate that hold fewer than two scrapes: now and then, or always, there is no rate. Windows are left-open, so one of twice
 * the interval always holds two.
 */
export function checkWindows({ requests, adapter, deployment, placeOfRequest }: ControllerProspect): readonly Issue[] {
  if (deployment === undefined) return [];
  const { scrapeIntervalSeconds } = deployment;
  return requests.flatMap((request) => {
    const text = queryText(request, adapter, "default");
    const parsed = text === undefined ? undefined : tryParse(text);
    if (parsed?.ok !== true) return [];
    const short = windowsOf(parsed.query.expression).filter(({ windowSeconds }) => windowSeconds < 2 * scrapeIntervalSeconds);
    return short.map(({ name, windowSeconds }) =>
      warning("window_below_scrapes", placeOfRequest(request), { function: name, windowSeconds, scrapeIntervalSeconds }),
    );
  });
}

interface Window {
  readonly name: string;
  readonly windowSeconds: number;
}

function windowsOf(expression: Expression): readonly Window[] {
  switch (expression.kind) {
    case "call": {
      const inner = expression.args.flatMap(windowsOf);
      if (!TWO_SAMPLE_FUNCTIONS.includes(expression.name)) return inner;
      const ranges = expression.args.flatMap((argument) => (argument.kind === "range" ? [argument.rangeSeconds] : []));
      return [...inner, ...ranges.map((windowSeconds) => ({ name: expression.name, windowSeconds }))];
    }
    case "aggregate":
    case "subquery":
    case "parenthesis":
    case "unary":
      return windowsOf(expression.expression);
    case "binary":
      return [...windowsOf(expression.left), ...windowsOf(expression.right)];
    default:
      return [];
  }
}
