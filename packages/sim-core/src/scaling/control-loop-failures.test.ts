import { describe, expect, it } from "vitest";
import { ControlLoop } from "./control-loop.ts";
import { definePolicy } from "./policy.ts";

const holds = definePolicy<{ readonly reason: string }, null>({
  id: "holds",
  parseConfig: () => ({ ok: true, config: { reason: "" } }),
  initialState: () => null,
  timers: () => [{ name: "poll", periodSeconds: 15 }],
  needs: () => [],
  queries: () => [],
  decide: ({ scale }, state, { reason }) => ({
    state,
    decision: {
      desiredReplicas: scale.specReplicas,
      reason,
      evidence: { triggers: [{ metric: "s0", active: false, error: "several elements" }] },
    },
  }),
});

function undecidedOf(reason: string): Readonly<Record<string, number>> {
  const loop = new ControlLoop(
    [{ deployment: "chat", policy: holds, config: { reason } }],
    { series: () => [], answer: () => ({ ok: false, error: "none" }) },
    {
      scale: () => ({ specReplicas: 2, statusReplicas: 2 }),
      pods: () => [],
      namespace: () => "default",
      reader: { select: () => [] },
      startEpochSeconds: 0,
      outageAt: () => undefined,
    },
  );
  loop.fire(0, "poll", 15);
  loop.fire(0, "poll", 30);
  return loop.undecided;
}

describe("a controller that holds because its metric failed", () => {
  it.each(["TriggerError", "FailedGetExternalMetric"])("is counted as undecided, with its first error: %s", (reason) => {
    expect(undecidedOf(reason)).toEqual({ [`${reason}: several elements`]: 2 });
  });

  it("is not confused with one that holds on purpose", () => {
    expect(undecidedOf("ScaleDownStabilized")).toEqual({});
  });
});
