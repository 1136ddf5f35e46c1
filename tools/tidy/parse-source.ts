import ts from "typescript-api";

const parsed = new Map<string, { readonly text: string; readonly file: ts.SourceFile }>();

/** Syntax tree of a source text; several rules look at the same file, so the last tree of each path is kept. */
export function parseSource(path: string, text: string): ts.SourceFile {
  const known = parsed.get(path);
  if (known !== undefined && known.text === text) return known.file;
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  parsed.set(path, { text, file });
  return file;
}
