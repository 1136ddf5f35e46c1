import { definePolicy, type Policy } from "@replicast/sim-core";

/** Never asks for anything: for tests of what policies have no part in. */
export const idle: Policy<null, null> = definePolicy<null, null>({
  id: "idle",
  parseConfig: () => ({ ok: true, config: null }),
  initialState: () => null,
  timers: () => [],
  needs: () => [],
  queries: () => [],
  decide: (_observation, state) => ({ state }),
});
