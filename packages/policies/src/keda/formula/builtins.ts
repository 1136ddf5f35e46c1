import { goType, isArray, isEqual, isMap, isNumber, type Type, textOf, typeOf, type Value } from "./values.ts";

/** Runs a predicate on an element. */
export type Predicate = (element: Value, index: number, accumulator?: Value) => Value;

export interface Builtin {
  readonly least: number;
  readonly most: number;
  /** Place of the argument that is a predicate. */
  readonly predicateAt?: number;
  readonly result: Type;
  /** Types of the arguments that are refused before the formula runs: what is wrong, or undefined. */
  readonly check?: (types: readonly Type[]) => string | undefined;
  readonly run: (args: readonly Value[], predicate: Predicate) => Value;
}

const MANY = 100;

const wrong = (name: string, value: Value): never => {
  throw new Error(`invalid argument for ${name} (type ${goType(typeOf(value))})`);
};
const numberOf = (name: string, value: Value): bigint | number => (isNumber(value) ? value : wrong(name, value));
const arrayOf = (name: string, value: Value): readonly Value[] => (isArray(value) ? value : wrong(name, value));
const textFor = (name: string, value: Value): string => (typeof value === "string" ? value : wrong(name, value));
const intOf = (name: string, value: Value): bigint => (typeof value === "bigint" ? value : wrong(name, value));

/** Numbers of all arguments, lists flattened, as max, min, mean and median take them. */
function numbers(name: string, args: readonly Value[]): readonly (bigint | number)[] {
  return args.flatMap((arg) => (isArray(arg) ? numbers(name, arg) : [numberOf(name, arg)]));
}

const add = (left: bigint | number, right: bigint | number): bigint | number =>
  typeof left === "bigint" && typeof right === "bigint" ? BigInt.asIntN(64, left + right) : Number(left) + Number(right);

const numeric =
  (name: string) =>
  (types: readonly Type[]): string | undefined =>
    types.some((type) => !["int", "float", "any"].includes(type))
      ? `invalid argument for ${name} (type ${goType(types[0] as Type)})`
      : undefined;
const listed =
  (name: string) =>
  ([type]: readonly Type[]): string | undefined =>
    type === "array" || type === "any" ? undefined : `builtin ${name} takes only array (got ${goType(type as Type)})`;
const bitwise =
  (name: string) =>
  (types: readonly Type[]): string | undefined =>
    types.some((type) => type !== "int" && type !== "any")
      ? `cannot use ${goType(types.find((type) => type !== "int") as Type)} as argument to call ${name}`
      : undefined;

const ofList = (name: string, result: Type, run: (list: readonly Value[]) => Value): Builtin => ({
  least: 1,
  most: 1,
  result,
  check: listed(name),
  run: ([list]) => run(arrayOf(name, list as Value)),
});

/** @param whenAbsent: the predicate of `count` and `sum` may be left out; then an element stands for itself */
const withPredicate = (
  name: string,
  result: Type,
  run: (list: readonly Value[], each: Predicate) => Value,
  whenAbsent = false,
): Builtin => ({
  least: whenAbsent ? 1 : 2,
  most: 2,
  predicateAt: 1,
  result,
  check: listed(name),
  run: (args, predicate) => run(arrayOf(name, args[0] as Value), args.length > 1 ? predicate : (element) => element),
});

const rounded = (name: string, round: (value: number) => number): Builtin => ({
  least: 1,
  most: 1,
  result: "float",
  check: numeric(name),
  run: ([value]) => round(Number(numberOf(name, value as Value))),
});

const spread = (name: string, run: (values: readonly (bigint | number)[]) => Value): Builtin => ({
  least: 1,
  most: MANY,
  result: "any",
  check: (types) => (types.some((type) => ["string", "bool", "nil", "map"].includes(type)) ? `invalid argument for ${name}` : undefined),
  run: (args) => run(numbers(name, args)),
});

const bits = (name: string, run: (left: bigint, right: bigint) => bigint): Builtin => ({
  least: 2,
  most: 2,
  result: "int",
  check: bitwise(name),
  run: ([left, right]) => BigInt.asIntN(64, run(intOf(name, left as Value), intOf(name, right as Value))),
});

const string = (name: string, run: (text: string, rest: readonly Value[]) => Value, result: Type, least = 1, most = least): Builtin => ({
  least,
  most,
  result,
  check: ([type]) => (type === "string" || type === "any" ? undefined : `invalid argument for ${name} (type ${goType(type as Type)})`),
  run: ([text, ...rest]) => run(textFor(name, text as Value), rest),
});

/** Half away from zero, as Go's math.Round. */
const roundHalfAway = (value: number): number => (value < 0 ? -Math.floor(-value + 0.5) : Math.floor(value + 0.5));

function compare(left: Value, right: Value): number {
  if (isNumber(left) && isNumber(right)) return Number(left) - Number(right);
  return textOf(left) < textOf(right) ? -1 : textOf(left) > textOf(right) ? 1 : 0;
}

function toFloat(value: Value): number {
  if (isNumber(value)) return Number(value);
  if (typeof value === "string" && value.trim() !== "" && !Number.isNaN(Number(value))) return Number(value);
  throw new Error(`invalid operation: float(${textOf(value)})`);
}

function toInt(value: Value): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number" && Number.isFinite(value)) return BigInt(Math.trunc(value));
  if (typeof value === "string" && /^[+-]?\d+$/.test(value)) return BigInt(value);
  throw new Error(`invalid operation: int(${textOf(value)})`);
}

const convertible =
  (name: string) =>
  ([type]: readonly Type[]): string | undefined =>
    ["int", "float", "string", "any"].includes(type as Type)
      ? undefined
      : `invalid argument for ${name} (type ${type === "nil" ? "%!s(<nil>)" : goType(type as Type)})`;

function median(values: readonly (bigint | number)[]): Value {
  const sorted = values.map(Number).sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

const extreme = (name: string, isBetter: (left: number, right: number) => boolean): Builtin =>
  spread(name, (values) => {
    if (values.length === 0) throw new Error(`${name} of nothing`);
    return values.reduce((best, value) => (isBetter(Number(value), Number(best)) ? value : best));
  });

/** A group that no element belongs to is an empty list, as the zero value of Go's map is. */
class Groups extends Map<string, readonly Value[]> {
  override get(key: string): readonly Value[] {
    return super.get(key) ?? [];
  }
}

function groupBy(list: readonly Value[], each: Predicate): Value {
  const groups = new Groups();
  for (const [index, element] of list.entries()) {
    const key = textOf(each(element, index));
    groups.set(key, [...groups.get(key), element]);
  }
  return groups;
}

const flat = (list: readonly Value[]): readonly Value[] => list.flatMap((each) => (isArray(each) ? flat(each) : [each]));
const unique = (list: readonly Value[]): readonly Value[] =>
  list.filter((each, i) => list.findIndex((other) => isEqual(each, other)) === i);

/**
 * The functions of the language that have to do with numbers, lists and texts. Those of dates, JSON, base64 and regular expressions are not
 * simulated, and their names are unknown.
 *
 * @see expr-lang/expr 1.17, builtin
 */
export const BUILTINS: Readonly<Record<string, Builtin>> = {
  all: withPredicate("all", "bool", (list, each) => list.every((element, i) => each(element, i) === true)),
  none: withPredicate("none", "bool", (list, each) => !list.some((element, i) => each(element, i) === true)),
  any: withPredicate("any", "bool", (list, each) => list.some((element, i) => each(element, i) === true)),
  one: withPredicate("one", "bool", (list, each) => list.filter((element, i) => each(element, i) === true).length === 1),
  filter: withPredicate("filter", "array", (list, each) => list.filter((element, i) => each(element, i) === true)),
  map: withPredicate("map", "array", (list, each) => list.map((element, i) => each(element, i))),
  find: withPredicate("find", "any", (list, each) => list.find((element, i) => each(element, i) === true) ?? null),
  findLast: withPredicate("findLast", "any", (list, each) => list.findLast((element, i) => each(element, i) === true) ?? null),
  findIndex: withPredicate("findIndex", "int", (list, each) => BigInt(list.findIndex((element, i) => each(element, i) === true))),
  findLastIndex: withPredicate("findLastIndex", "int", (list, each) =>
    BigInt(list.findLastIndex((element, i) => each(element, i) === true)),
  ),
  count: withPredicate("count", "int", (list, each) => BigInt(list.filter((element, i) => each(element, i) === true).length), true),
  sum: withPredicate(
    "sum",
    "any",
    (list, each) => list.reduce<bigint | number>((total, element, i) => add(total, numberOf("sum", each(element, i))), 0n),
    true,
  ),
  groupBy: withPredicate("groupBy", "map", groupBy),
  sortBy: withPredicate("sortBy", "array", (list, each) => [...list].sort((a, b) => compare(each(a, 0), each(b, 0)))),
  reduce: {
    least: 2,
    most: 3,
    predicateAt: 1,
    result: "any",
    check: listed("reduce"),
    run: ([list, , first], predicate) => {
      const elements = arrayOf("reduce", list as Value);
      if (first === undefined && elements.length === 0) throw new Error("reduce of an empty list");
      const start = first ?? (elements[0] as Value); // not empty
      return elements.slice(first === undefined ? 1 : 0).reduce<Value>((total, element, i) => predicate(element, i, total), start);
    },
  },
  len: {
    least: 1,
    most: 1,
    result: "int",
    check: ([type]) =>
      ["string", "array", "map", "any"].includes(type as Type) ? undefined : `invalid argument for len (type ${goType(type as Type)})`,
    run: ([value]) => {
      if (typeof value === "string") return BigInt([...value].length);
      if (value !== undefined && isArray(value)) return BigInt(value.length);
      return value !== undefined && isMap(value) ? BigInt(value.size) : wrong("len", value as Value);
    },
  },
  abs: {
    least: 1,
    most: 1,
    result: "any",
    check: numeric("abs"),
    run: ([value]) => {
      const number = numberOf("abs", value as Value);
      return number < 0 ? -number : number;
    },
  },
  ceil: rounded("ceil", Math.ceil),
  floor: rounded("floor", Math.floor),
  round: rounded("round", roundHalfAway),
  int: { least: 1, most: 1, result: "int", check: convertible("int"), run: ([value]) => toInt(value as Value) },
  float: { least: 1, most: 1, result: "float", check: convertible("float"), run: ([value]) => toFloat(value as Value) },
  string: { least: 1, most: 1, result: "string", run: ([value]) => textOf(value as Value) },
  type: { least: 1, most: 1, result: "string", run: ([value]) => typeOf(value as Value) },
  max: extreme("max", (left, right) => left > right),
  min: extreme("min", (left, right) => left < right),
  mean: spread("mean", (values) => (values.length === 0 ? 0 : values.map(Number).reduce((sum, value) => sum + value, 0) / values.length)),
  median: spread("median", median),
  first: ofList("first", "any", (list) => list[0] ?? null),
  last: ofList("last", "any", (list) => list.at(-1) ?? null),
  reverse: ofList("reverse", "array", (list) => [...list].reverse()),
  uniq: ofList("uniq", "array", unique),
  flatten: ofList("flatten", "array", flat),
  take: {
    least: 2,
    most: 2,
    result: "array",
    check: listed("take"),
    run: ([list, count]) => arrayOf("take", list as Value).slice(0, Number(intOf("take", count as Value))),
  },
  concat: { least: 1, most: MANY, result: "array", check: listed("concat"), run: (args) => args.flatMap((arg) => arrayOf("concat", arg)) },
  sort: {
    least: 1,
    most: 2,
    result: "array",
    check: listed("sort"),
    run: ([list, order]) => [...arrayOf("sort", list as Value)].sort((a, b) => (order === "desc" ? compare(b, a) : compare(a, b))),
  },
  get: {
    least: 2,
    most: 2,
    result: "any",
    run: ([from, key]) => {
      if (from !== undefined && isMap(from)) return from.get(textOf(key as Value)) ?? null;
      return from !== undefined && isArray(from) && typeof key === "bigint" ? (from.at(Number(key)) ?? null) : null;
    },
  },
  keys: {
    least: 1,
    most: 1,
    result: "array",
    run: ([map]) => (map !== undefined && isMap(map) ? [...map.keys()] : wrong("keys", map as Value)),
  },
  values: {
    least: 1,
    most: 1,
    result: "array",
    run: ([map]) => (map !== undefined && isMap(map) ? [...map.values()] : wrong("values", map as Value)),
  },
  bitand: bits("bitand", (left, right) => left & right),
  bitor: bits("bitor", (left, right) => left | right),
  bitxor: bits("bitxor", (left, right) => left ^ right),
  bitnand: bits("bitnand", (left, right) => left & ~right),
  bitshl: bits("bitshl", (left, right) => left << right),
  bitshr: bits("bitshr", (left, right) => left >> right),
  upper: string("upper", (text) => text.toUpperCase(), "string"),
  lower: string("lower", (text) => text.toLowerCase(), "string"),
  trim: string("trim", (text) => text.trim(), "string"),
  hasPrefix: string("hasPrefix", (text, [prefix]) => text.startsWith(textFor("hasPrefix", prefix as Value)), "bool", 2),
  hasSuffix: string("hasSuffix", (text, [suffix]) => text.endsWith(textFor("hasSuffix", suffix as Value)), "bool", 2),
  indexOf: string("indexOf", (text, [part]) => BigInt(text.indexOf(textFor("indexOf", part as Value))), "int", 2),
  split: string("split", (text, [by]) => text.split(textFor("split", by as Value)), "array", 2),
  repeat: string("repeat", (text, [times]) => text.repeat(Math.min(1000, Number(intOf("repeat", times as Value)))), "string", 2),
};
