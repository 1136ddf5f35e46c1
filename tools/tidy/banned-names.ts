import ts from "typescript-api";
import { parseSource } from "./parse-source.ts";

/** Something a library must not use, and what to use instead. */
export interface Finding {
  readonly line: number;
  readonly name: string;
  readonly instead: string;
}

/** Globals that only some platforms have, or that answer differently each time. */
const GLOBALS: Readonly<Record<string, string>> = {
  Date: "simulated seconds; domain/zone.ts turns instants into wall-clock fields",
  performance: "a clock handed in by the caller; libraries measure nothing",
  setTimeout: "kernel events; libraries never wait for real time",
  setInterval: "kernel timers; libraries never wait for real time",
  setImmediate: "a plain call; libraries are synchronous outside load",
  process: "an option handed in by the caller; only cli knows the process",
  Buffer: "Uint8Array and TextEncoder",
  require: "an import",
  console: "a return value, or an error; only cli prints",
  Intl: "zone offsets from the plan; only replicast/src/load.ts and zones.ts may ask the platform",
  globalThis: "an import, or a value handed in",
  fetch: "files handed in by the caller",
  crypto: "random/streams.ts for chance, scenario/hash.ts for hashes",
};

/** Methods whose answer depends on where the program runs. */
const METHODS: Readonly<Record<string, string>> = {
  localeCompare: "a comparison with < and >",
  toLocaleString: "the formatters of report/src/format.ts",
  toLocaleLowerCase: "toLowerCase",
  toLocaleUpperCase: "toUpperCase",
  toLocaleDateString: "report/src/clock.ts",
  toLocaleTimeString: "report/src/clock.ts",
};

/** Correctly rounded by the language's definition, so the same bits everywhere; all else in Math is not. */
const EXACT_MATH = new Set(
  "abs ceil clz32 floor fround imul max min round sign sqrt trunc PI E LN2 LN10 LOG2E LOG10E SQRT2 SQRT1_2".split(" "),
);
const REAL = "random/real.ts (ln, exp, pow …), which has the same bits in every engine";

/**
 * Finds banned names in a source text. Comments and strings do not count, nor do names the file declares itself.
 *
 * @param allowed globals this one file may use
 */
export function bannedNames(path: string, text: string, allowed: ReadonlySet<string> = new Set()): readonly Finding[] {
  const file = parseSource(path, text);
  const declared = declaredNames(file);
  const findings: Finding[] = [];
  const report = (node: ts.Node, name: string, instead: string): void => {
    findings.push({ line: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1, name, instead });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const instead = Object.hasOwn(GLOBALS, node.text) ? GLOBALS[node.text] : undefined;
      if (instead !== undefined && !allowed.has(node.text) && !declared.has(node.text) && !isMemberName(node))
        report(node, node.text, instead);
      if (node.text === "Math" && !declared.has("Math") && !isMemberName(node)) checkMath(node, report);
    } else if (ts.isPropertyAccessExpression(node) && Object.hasOwn(METHODS, node.name.text)) {
      report(node.name, node.name.text, METHODS[node.name.text] as string);
    } else if (ts.isBinaryExpression(node) && isPower(node.operatorToken.kind)) {
      report(node.operatorToken, "**", REAL);
    } else if (isNodeImport(node)) {
      report(node, node.text, "a value handed in by the caller; only cli knows Node");
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return findings;
}

function checkMath(node: ts.Identifier, report: (node: ts.Node, name: string, instead: string) => void): void {
  const { parent } = node;
  if (!ts.isPropertyAccessExpression(parent) || parent.expression !== node) {
    if (ts.isTypeQueryNode(parent)) return;
    report(node, "Math", "Math.<function> spelled out, so that this check can see it");
  } else if (parent.name.text === "random") report(parent, "Math.random", "a named stream of random/streams.ts");
  else if (!EXACT_MATH.has(parent.name.text)) report(parent, `Math.${parent.name.text}`, REAL);
}

/** `x.Date`, `{ Date: 1 }`, `interface { Date: … }`, `import { Date as … }`: names of members, not uses of the global. */
function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isQualifiedName(parent)) return parent.right === node;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return true;
  if (ts.isBindingElement(parent)) return parent.propertyName === node;
  return (
    (ts.isPropertyAssignment(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isMethodSignature(parent)) &&
    parent.name === node
  );
}

function declaredNames(file: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (
      (ts.isVariableDeclaration(node) ||
        ts.isParameter(node) ||
        ts.isFunctionDeclaration(node) ||
        ts.isClassDeclaration(node) ||
        ts.isBindingElement(node) ||
        ts.isImportSpecifier(node) ||
        ts.isTypeAliasDeclaration(node) ||
        ts.isInterfaceDeclaration(node)) &&
      node.name !== undefined &&
      ts.isIdentifier(node.name)
    ) {
      names.add(node.name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return names;
}

function isPower(kind: ts.SyntaxKind): boolean {
  return kind === ts.SyntaxKind.AsteriskAsteriskToken || kind === ts.SyntaxKind.AsteriskAsteriskEqualsToken;
}

function isNodeImport(node: ts.Node): node is ts.StringLiteral {
  if (!ts.isStringLiteral(node) || !/^node:/.test(node.text)) return false;
  const { parent } = node;
  return (
    ts.isImportDeclaration(parent) ||
    ts.isExportDeclaration(parent) ||
    (ts.isCallExpression(parent) && parent.expression.kind === ts.SyntaxKind.ImportKeyword)
  );
}
