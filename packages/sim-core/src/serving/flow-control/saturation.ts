import type { FlowControlConfig } from "../config.ts";
import type { EndpointMonitor } from "../endpoint-monitor.ts";

/** A pool at this saturation takes nothing from the queue. @see llm-d router, usage limit of every priority, default 1.0 */
export const SATURATED = 1;

/**
 * How full a pool is: the mean over its endpoints of max(waiting ÷ threshold, KV-cache use ÷ threshold), as last read. 1
 * without endpoints; an endpoint that was never read, or not lately, counts 1.
 * @see llm-d router, utilization-detector
 */
export function poolSaturation(monitor: EndpointMonitor, config: FlowControlConfig, nowSeconds: number): number {
  const { metrics, count } = monitor;
  if (count === 0) return SATURATED;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const replica = monitor.at(i);
    if (nowSeconds - (metrics.readSeconds[replica] as number) > config.metricsMaxAgeSeconds) {
      sum += SATURATED;
      continue;
    }
    const queue = (metrics.waiting[replica] as number) / config.queueDepthThreshold;
    const kvCache = (metrics.kvCacheUtilization[replica] as number) / config.kvCacheThreshold;
    sum += Math.max(queue, kvCache);
  }
  return sum / count;
}
