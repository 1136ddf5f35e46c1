import { expect, it } from "vitest";
import { formatQuantity, parseQuantity, quantityMilli, quantityNumber, quantityValue } from "../../packages/sim-core/src/units/quantity.ts";
import { failures, readVectors } from "./vectors.ts";

interface QuantityCase {
  readonly name: string;
  readonly input: string;
  readonly expected: {
    readonly valid: boolean;
    readonly canonical?: string;
    readonly milli?: string;
    readonly value?: string;
    readonly sign: number;
    readonly approxFloat64: number;
  };
}

const fitsInt64 = (value: bigint): boolean => BigInt.asIntN(64, value) === value;
/** Beyond int64 the vectors hold wrapped numbers without meaning. */
const agrees = (actual: bigint, expected: string | undefined): boolean => !fitsInt64(actual) || `${actual}` === expected;

function passes({ input, expected }: QuantityCase): boolean {
  const quantity = parseQuantity(input);
  if (quantity === undefined) return !expected.valid;
  return (
    expected.valid &&
    formatQuantity(quantity) === expected.canonical &&
    agrees(quantityMilli(quantity), expected.milli) &&
    agrees(quantityValue(quantity), expected.value) &&
    quantityNumber(quantity) === expected.approxFloat64
  );
}

it("reads every quantity as the API server does", () => {
  const cases = readVectors<QuantityCase>("hpa/quantity.jsonl");
  expect(failures(cases, passes)).toEqual([]);
  expect(cases.length).toBe(275);
});
