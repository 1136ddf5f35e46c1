import type { SyntaxNode } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";
import {
  type Aggregate,
  type AggregateOperator,
  type AtModifier,
  type BinaryOperator,
  type Expression,
  type StringLiteral,
  unwrap,
  type VectorMatching,
  type VectorSelector,
} from "./ast.ts";
import { parseError, type Span } from "./error.ts";
import { parseNumber, unquote } from "./literals.ts";
import { attachToLast, joinOperands } from "./precedence.ts";
import type { LabelMatcher } from "./series.ts";
import { findSyntaxError, nestsTooDeeply, prepareForGrammar } from "./syntax.ts";

/** Longest query accepted, in UTF-16 code units. */
const LONGEST_QUERY = 16_384;

/** Parts of a tree are given by the text they cover and the node that says what they are. */
interface Source {
  readonly text: string;
}

/**
 * Parses a query's syntax; its types are checked by `checkTypes`.
 * @throws PromqlError of kind `parse`.
 */
export function parseExpression(text: string): Expression {
  const whole = { start: 0, end: text.length };
  if (text.length > LONGEST_QUERY) throw parseError(text, whole, `query longer than ${LONGEST_QUERY} characters`);
  const tree = parser.parse(prepareForGrammar(text));
  const wrong = findSyntaxError(text, tree);
  if (wrong) throw wrong;
  if (nestsTooDeeply(tree)) throw parseError(text, whole, "query nests too deeply");
  const root = tree.topNode.firstChild;
  if (!root) throw parseError(text, { start: 0, end: 0 }, "no expression found in input");
  return convert(operands(tree.topNode)[0] ?? root, { text });
}

function convert(node: SyntaxNode, source: Source): Expression {
  switch (node.name) {
    case "NumberDurationLiteral":
      return convertNumber(node, source);
    case "StringLiteral":
      return convertString(node, source);
    case "VectorSelector":
      return convertSelector(node, source);
    case "ParenExpr":
      return { kind: "parenthesis", expression: convert(only(node), source), ...span(node) };
    case "UnaryExpr":
      return {
        kind: "unary",
        operator: slice(node.firstChild, source) === "-" ? "-" : "+",
        expression: convert(only(node), source),
        ...span(node),
      };
    case "BinaryExpr":
      return convertBinary(node, source);
    case "FunctionCall":
      return { kind: "call", name: slice(node.firstChild, source), args: argumentsOf(node, source), ...span(node) };
    case "AggregateExpr":
      return convertAggregate(node, source);
    case "MatrixSelector":
      return attachToLast(convert(only(node), source), (operand) => attachRange(operand, node, source));
    case "SubqueryExpr":
      return attachToLast(convert(only(node), source), (operand) => attachSubquery(operand, node, source));
    case "OffsetExpr":
      return attachToLast(convert(only(node), source), (operand) => attachOffset(operand, node, source));
    case "StepInvariantExpr":
      return attachToLast(convert(only(node), source), (operand) => attachAt(operand, node, source));
    default:
      throw parseError(source.text, span(node), `${describe(node)} is not supported`);
  }
}

function describe(node: SyntaxNode): string {
  if (node.name === "AnchoredExpr") return "modifier anchored";
  if (node.name === "SmoothedExpr") return "modifier smoothed";
  return `unexpected ${node.name}`;
}

function convertNumber(node: SyntaxNode, source: Source): Expression {
  const text = slice(node, source);
  const value = parseNumber(text);
  if (value === undefined) throw parseError(source.text, span(node), `bad number or duration syntax: "${text}"`);
  return { kind: "number", value, signed: /^[+-]/.test(text), ...span(node) };
}

function convertString(node: SyntaxNode, source: Source): StringLiteral {
  const literal = unquote(slice(node, source));
  if ("error" in literal) throw parseError(source.text, span(node), literal.error);
  return { kind: "string", value: literal.value, ...span(node) };
}

function convertSelector(node: SyntaxNode, source: Source): VectorSelector {
  const matchers: LabelMatcher[] = [];
  const identifier = node.getChild("Identifier");
  let name = identifier ? slice(identifier, source) : undefined;
  for (const child of node.getChild("LabelMatchers")?.getChildren("QuotedLabelName") ?? []) {
    name = setName(name, convertString(only(child), source).value, node, source);
  }
  for (const child of children(node.getChild("LabelMatchers"))) {
    if (child.name === "UnquotedLabelMatcher" || child.name === "QuotedLabelMatcher") matchers.push(convertMatcher(child, source));
  }
  if (name !== undefined) {
    const again = matchers.find((matcher) => matcher.name === "__name__" && matcher.op === "=");
    if (again) setName(name, again.value, node, source);
    matchers.unshift({ name: "__name__", op: "=", value: name });
  }
  return { kind: "selector", matchers, ...span(node) };
}

function setName(earlier: string | undefined, name: string, node: SyntaxNode, source: Source): string {
  if (earlier === undefined) return name;
  throw parseError(source.text, span(node), `metric name must not be set twice: "${earlier}" or "${name}"`);
}

function convertMatcher(node: SyntaxNode, source: Source): LabelMatcher {
  const label = node.firstChild;
  const name = label?.name === "QuotedLabelName" ? convertString(only(label), source).value : slice(label, source);
  const value = node.getChild("StringLiteral");
  return {
    name,
    op: slice(node.getChild("MatchOp"), source) as LabelMatcher["op"],
    value: value ? convertString(value, source).value : "",
  };
}

function convertBinary(node: SyntaxNode, source: Source): Expression {
  const [left, right] = operands(node);
  if (!left || !right) throw parseError(source.text, span(node), "binary expression without two operands");
  if (node.getChild("FillModifier")) throw parseError(source.text, span(node), "fill modifiers are not supported");
  const symbol = children(node).find((child) => child.from >= left.to && child.name !== "LineComment");
  const clause = node.getChild("MatchingModifierClause");
  const operator = {
    operator: slice(symbol, source).toLowerCase() as BinaryOperator,
    returnBool: node.getChild("BoolModifier") !== null,
    ...(clause ? { matching: convertMatching(clause, source) } : {}),
  };
  if (symbol?.name === "TrimUpper" || symbol?.name === "TrimLower") {
    throw parseError(source.text, span(node), `operator ${operator.operator} needs native histograms, which are not supported`);
  }
  return joinOperands(convert(left, source), operator, convert(right, source));
}

function convertMatching(clause: SyntaxNode, source: Source): VectorMatching {
  const [labels, include] = clause.getChildren("GroupingLabels");
  const many = clause.getChild("GroupLeft") ? "left" : clause.getChild("GroupRight") ? "right" : undefined;
  return {
    on: clause.getChild("On") !== null,
    labels: labelNames(labels, source),
    include: labelNames(include, source),
    ...(many ? { many } : {}),
  };
}

function convertAggregate(node: SyntaxNode, source: Source): Aggregate {
  const operator = slice(node.getChild("AggregateOp"), source).toLowerCase() as AggregateOperator;
  const modifier = node.getChild("AggregateModifier");
  const args = argumentsOf(node, source);
  const wanted =
    operator === "topk" || operator === "bottomk" || operator === "quantile" || operator === "count_values" || operator.startsWith("limit")
      ? 2
      : 1;
  const expression = args.at(-1);
  if (args.length !== wanted || !expression) {
    const what = `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${args.length}`;
    throw parseError(source.text, span(node), args.length === 0 ? "no arguments for aggregate expression provided" : what);
  }
  const [parameter] = args;
  return {
    kind: "aggregate",
    operator,
    expression,
    without: modifier?.getChild("Without") != null,
    grouping: labelNames(modifier?.getChild("GroupingLabels"), source),
    ...(wanted === 2 && parameter ? { parameter } : {}),
    ...span(node),
  };
}

function attachRange(operand: Expression, node: SyntaxNode, source: Source): Expression {
  const where = { start: operand.start, end: node.to };
  if (operand.kind !== "selector") throw parseError(source.text, where, "ranges only allowed for vector selectors");
  if (operand.offsetSeconds !== undefined) throw parseError(source.text, where, "no offset modifiers allowed before range");
  if (operand.at !== undefined) throw parseError(source.text, where, "no @ modifiers allowed before range");
  return { kind: "range", selector: operand, rangeSeconds: readDuration(node.getChild("DurationExpr"), source, true), ...where };
}

function attachSubquery(operand: Expression, node: SyntaxNode, source: Source): Expression {
  const [range, step] = node.getChildren("DurationExpr");
  return {
    kind: "subquery",
    expression: operand,
    rangeSeconds: readDuration(range, source, true),
    ...(step ? { stepSeconds: readDuration(step, source, true) } : {}),
    start: operand.start,
    end: node.to,
  };
}

function attachOffset(operand: Expression, node: SyntaxNode, source: Source): Expression {
  if (operand.kind !== "selector" && operand.kind !== "range" && operand.kind !== "subquery") {
    const what = "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery";
    throw parseError(source.text, operand, what);
  }
  if (operand.offsetSeconds !== undefined) throw parseError(source.text, operand, "offset may not be set multiple times");
  return { ...operand, offsetSeconds: readDuration(node.getChild("OffsetDurationExpr"), source, false), end: node.to };
}

function attachAt(operand: Expression, node: SyntaxNode, source: Source): Expression {
  if (operand.kind !== "selector" && operand.kind !== "range" && operand.kind !== "subquery") {
    const what = "@ modifier must be preceded by an instant vector selector or range vector selector or a subquery";
    throw parseError(source.text, operand, what);
  }
  if (operand.at !== undefined) throw parseError(source.text, operand, "@ <timestamp> may not be set multiple times");
  return { ...operand, at: readAt(node, source), end: node.to };
}

function readAt(node: SyntaxNode, source: Source): AtModifier {
  if (node.getChild("AtModifierPreprocessors")) return "evaluation";
  const literal = node.getChildren("NumberDurationLiteral").at(-1);
  const epochSeconds = parseNumber(slice(literal, source));
  if (epochSeconds === undefined || !Number.isFinite(epochSeconds)) {
    throw parseError(source.text, span(literal ?? node), `timestamp out of bounds for @ modifier: ${slice(literal, source)}`);
  }
  return { epochSeconds };
}

/** Seconds of a duration that is a literal with or without sign; sums and products of durations are experimental. */
function readDuration(node: SyntaxNode | null | undefined, source: Source, positive: boolean): number {
  const text = slice(node, source).replaceAll(/\s+/g, "");
  const seconds = /[*/%^(]/.test(text) ? undefined : parseNumber(text.replace(/^(?:--|\+)/, ""));
  const where = span(node);
  if (seconds === undefined) throw parseError(source.text, where, `bad number or duration syntax: "${text}"`);
  if (!Number.isFinite(seconds)) throw parseError(source.text, where, "duration out of range");
  if (positive && !(seconds > 0)) throw parseError(source.text, where, "duration must be greater than 0");
  return Math.round(seconds * 1000) / 1000;
}

function argumentsOf(node: SyntaxNode, source: Source): Expression[] {
  return operands(node.getChild("FunctionCallBody")).map((child) => convert(child, source));
}

function labelNames(node: SyntaxNode | null | undefined, source: Source): string[] {
  return children(node)
    .filter((child) => child.name === "LabelName" || child.name === "QuotedLabelName")
    .map((child) => (child.name === "LabelName" ? slice(child, source) : convertString(only(child), source).value));
}

function children(node: SyntaxNode | null | undefined): SyntaxNode[] {
  const list: SyntaxNode[] = [];
  for (let child = node?.firstChild ?? null; child; child = child.nextSibling) list.push(child);
  return list;
}

function operands(node: SyntaxNode | null | undefined): SyntaxNode[] {
  return children(node).filter((child) => child.type.is("Expr"));
}

/** The single operand of a node that has one: its first expression, or its first child where that is a plain literal. */
function only(node: SyntaxNode): SyntaxNode {
  return operands(node)[0] ?? node.firstChild ?? node;
}

function slice(node: SyntaxNode | null | undefined, source: Source): string {
  return node ? source.text.slice(node.from, node.to) : "";
}

function span(node: SyntaxNode | null | undefined): Span {
  return { start: node?.from ?? 0, end: node?.to ?? 0 };
}

/** The selector an expression consists of, parentheses apart; undefined for anything else. */
export function asSelector(expression: Expression): VectorSelector | undefined {
  const inner = unwrap(expression);
  return inner.kind === "selector" ? inner : undefined;
}
