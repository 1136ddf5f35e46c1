import { type ActiveCondition, handleScaleToZero } from "../../packages/policies/src/knative/scale-to-zero.ts";
import { mismatch } from "../mismatch.ts";
import type { VectorKind } from "../suite.ts";

interface ZeroCase {
  readonly config: {
    readonly enableScaleToZero: boolean;
    readonly progressDeadlineS: number;
    readonly scaleToZeroGracePeriodS: number;
    readonly scaleToZeroPodRetentionPeriodS: number;
    readonly stableWindowS: number;
    readonly targetBurstCapacity: number;
  };
  readonly state: {
    readonly activatorProbeOk: boolean;
    readonly condition: ActiveCondition;
    readonly desired: number;
    readonly inConditionForS: number;
    readonly proxyForS: number;
    readonly reachable: boolean;
    readonly serviceMode: "Serve" | "Proxy";
  };
  readonly expected: {
    readonly apply: boolean;
    readonly asyncProbeStarted: boolean;
    readonly desired: number;
    readonly requeueAfterS: readonly number[] | null;
  };
}

function check({ config, state, expected }: ZeroCase): string | undefined {
  const result = handleScaleToZero(
    {
      ...config,
      stableWindowSeconds: config.stableWindowS,
      progressDeadlineSeconds: config.progressDeadlineS,
      scaleToZeroGracePeriodSeconds: config.scaleToZeroGracePeriodS,
      scaleToZeroPodRetentionPeriodSeconds: config.scaleToZeroPodRetentionPeriodS,
    },
    { ...state, inConditionForSeconds: state.inConditionForS, proxyForSeconds: state.proxyForS },
  );
  return mismatch(
    ["desired", expected.desired, result.desired],
    ["apply", expected.apply, result.apply],
    ["asyncProbeStarted", expected.asyncProbeStarted, result.asyncProbeStarted],
    ["requeueAfterS", expected.requeueAfterS, result.requeueAfterSeconds === null ? null : [result.requeueAfterSeconds]],
  );
}

/** What becomes of a wish for no pods. */
export const scaleToZero: VectorKind<ZeroCase> = { kind: "scale-to-zero", recognises: ({ kind }) => kind === "scaleToZero", check };
