/** A node of a parsed formula; `at` is its column, from 1. */
export type Node =
  | { readonly kind: "int"; readonly value: bigint; readonly at: number }
  | { readonly kind: "float"; readonly value: number; readonly at: number }
  | { readonly kind: "string"; readonly value: string; readonly at: number }
  | { readonly kind: "bool"; readonly value: boolean; readonly at: number }
  | { readonly kind: "nil"; readonly at: number }
  | { readonly kind: "name"; readonly name: string; readonly at: number }
  /** `#` (the element), `#index`, `#acc` inside a predicate. */
  | { readonly kind: "pointer"; readonly name: "" | "index" | "acc"; readonly at: number }
  | { readonly kind: "unary"; readonly operator: string; readonly operand: Node; readonly at: number }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Node; readonly right: Node; readonly at: number }
  | { readonly kind: "conditional"; readonly test: Node; readonly yes: Node; readonly no: Node; readonly at: number }
  | { readonly kind: "array"; readonly items: readonly Node[]; readonly at: number }
  | { readonly kind: "map"; readonly entries: readonly (readonly [Node, Node])[]; readonly at: number }
  | { readonly kind: "member"; readonly object: Node; readonly key: Node; readonly optional: boolean; readonly at: number }
  | { readonly kind: "slice"; readonly object: Node; readonly from: Node | undefined; readonly to: Node | undefined; readonly at: number }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Node[]; readonly at: number }
  /** A call of something that is no function's name. */
  | { readonly kind: "callValue"; readonly callee: Node; readonly args: readonly Node[]; readonly at: number }
  | { readonly kind: "let"; readonly name: string; readonly value: Node; readonly body: Node; readonly at: number };
