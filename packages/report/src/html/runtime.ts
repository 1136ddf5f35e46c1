import { scriptCode } from "./markup.ts";

/** Texts of the libraries that draw the charts in the reader's browser; they go into the page, nothing is fetched. */
export interface VegaRuntime {
  /** Vega's browser build, `vega/build/vega.min.js`, which defines the global `vega`. */
  readonly vega: string;
  /** `vega-interpreter/build/vega-interpreter.js`, an ES module that imports only from `vega-util`. */
  readonly interpreter: string;
}

/** The two libraries as classic scripts, ready to be inlined. @throws Error when the interpreter is not a build we know how to inline */
export function runtimeScripts(runtime: VegaRuntime): readonly string[] {
  return [scriptCode(runtime.vega), scriptCode(interpreterAsClassicScript(runtime.interpreter))];
}

/**
 * An ES module cannot import from an inlined one, so its imports from `vega-util`, which Vega's build exports whole, are read
 * from the global, and its export is put there.
 */
function interpreterAsClassicScript(module: string): string {
  const imported = module.replace(
    /^import\s*\{([^}]*)\}\s*from\s*['"]vega-util['"];?\s*$/gm,
    (_, names: string) => `const {${names.replace(/\bas\b/g, ":")}} = vega;`,
  );
  const exported = imported.replace(/^export\s*\{\s*(\w+)\s+as\s+expressionInterpreter\s*\};?\s*$/m, "vega.expressionInterpreter = $1;");
  if (exported === imported || /^\s*(import|export)\b/m.test(exported)) {
    throw new Error("vega-interpreter: expected an ES module that imports from vega-util and exports expressionInterpreter");
  }
  return `(function () {\n"use strict";\n${exported}\n})();`;
}
