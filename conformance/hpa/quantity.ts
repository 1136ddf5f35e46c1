import { formatQuantity, parseQuantity, quantityMilli, quantityNumber, quantityValue } from "../../packages/sim-core/src/units/quantity.ts";
import { mismatch } from "../mismatch.ts";
import type { VectorKind } from "../suite.ts";

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

/** Beyond int64 the vectors hold wrapped numbers without meaning: then what is wanted is taken as it is. */
function meaningful(value: bigint, wanted: string | undefined): string | undefined {
  return BigInt.asIntN(64, value) === value ? value.toString() : wanted;
}

function check({ input, expected }: QuantityCase): string | undefined {
  const quantity = parseQuantity(input);
  if (quantity === undefined || !expected.valid) return mismatch(["valid", expected.valid, quantity !== undefined]);
  const sign = quantity.mantissa > 0n ? 1 : quantity.mantissa < 0n ? -1 : 0;
  return mismatch(
    ["canonical", expected.canonical, formatQuantity(quantity)],
    ["milli", expected.milli, meaningful(quantityMilli(quantity), expected.milli)],
    ["value", expected.value, meaningful(quantityValue(quantity), expected.value)],
    ["sign", expected.sign, sign],
    ["approxFloat64", expected.approxFloat64, quantityNumber(quantity)],
  );
}

/** A quantity's text → its values and canonical form. */
export const quantity: VectorKind<QuantityCase> = { kind: "quantity", recognises: (vector) => typeof vector["input"] === "string", check };
