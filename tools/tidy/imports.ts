import ts from "typescript-api";
import { parseSource } from "./parse-source.ts";

export interface Import {
  readonly line: number;
  readonly specifier: string;
}

/** Static and dynamic imports, re-exports and import types of a source text. */
export function importsOf(path: string, text: string): readonly Import[] {
  const file = parseSource(path, text);
  const imports: Import[] = [];
  const add = (node: ts.Node | undefined): void => {
    if (node === undefined || !ts.isStringLiteral(node)) return;
    imports.push({ line: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1, specifier: node.text });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0]);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return imports;
}

/** True when the file has a default export of its own. */
export function hasDefaultExport(path: string, text: string): boolean {
  const file = parseSource(path, text);
  return file.statements.some(
    (statement) =>
      (ts.isExportAssignment(statement) && statement.isExportEquals !== true) ||
      (ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) === true),
  );
}

/** Comments of a source text with their lines, for rules about prose. */
export function commentsOf(text: string): readonly { readonly line: number; readonly text: string }[] {
  const scanner = ts.createScanner(ts.ScriptTarget.ES2022, false, ts.LanguageVariant.Standard, text);
  const comments: { line: number; text: string }[] = [];
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    if (kind !== ts.SyntaxKind.SingleLineCommentTrivia && kind !== ts.SyntaxKind.MultiLineCommentTrivia) continue;
    comments.push({ line: text.slice(0, scanner.getTokenStart()).split("\n").length, text: scanner.getTokenText() });
  }
  return comments;
}
