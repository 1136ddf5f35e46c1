import { engineSuite } from "./engine/suite.ts";
import { type SuiteFolder, suiteFolder } from "./folder.ts";
import { hpaSuite } from "./hpa/suite.ts";
import { kedaSuite } from "./keda/suite.ts";
import { knativeSuite } from "./knative/suite.ts";
import { promqlSuite } from "./promql/suite.ts";
import { rayServeSuite } from "./ray-serve/suite.ts";
import type { DiscoveredFile, Suite } from "./suite.ts";
import { wvaSuite } from "./wva/suite.ts";

/** Every suite, in the order in which they are run. */
export const SUITES: readonly Suite[] = [hpaSuite, kedaSuite, promqlSuite, engineSuite, knativeSuite, rayServeSuite, wvaSuite];

/** A suite's vector files below a folder, or in it. */
export function filesOf(suite: Suite, root: string): readonly DiscoveredFile[] {
  const folder: SuiteFolder = suiteFolder(root, suite.id);
  return suite.discover(folder);
}
