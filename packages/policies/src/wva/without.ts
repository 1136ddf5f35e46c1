import type { Hindrance } from "@replicast/sim-core";
import { hpaWithout } from "../hpa/without.ts";
import type { WvaConfig } from "./config.ts";

const SHORTEST_CYCLE_SECONDS = 1;
/** The shortest time without a request that tells an idle deployment from a busy one. */
const SHORTEST_RETENTION_SECONDS = 1;

/** A variant autoscaler, and the HPA behind it, freed of one hindrance. Windows of its queries and steps of one replica are its rule. */
export function wvaWithout(config: WvaConfig, hindrance: Hindrance, replicasMax: number): WvaConfig {
  const { hpa, intervalSeconds, retentionPeriodSeconds } = config;
  const freed = { ...config, hpa: hpa === null ? null : hpaWithout(hpa, hindrance, replicasMax) };
  switch (hindrance) {
    case "metricAge":
      return freed;
    case "pollPeriod":
      return { ...freed, intervalSeconds: Math.min(intervalSeconds, SHORTEST_CYCLE_SECONDS) };
    case "damping":
      return {
        ...freed,
        retentionPeriodSeconds: retentionPeriodSeconds === null ? null : Math.min(retentionPeriodSeconds, SHORTEST_RETENTION_SECONDS),
      };
    case "limits":
      return { ...freed, minReplicas: 1, maxReplicas: Math.max(1, replicasMax) };
  }
}
