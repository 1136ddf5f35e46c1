import { definePolicy, localTime, type Policy } from "@replicast/sim-core";
import { calendarAhead, calendarAt } from "./calendar.ts";
import { DAY_NAMES } from "./days.ts";
import { parseScheduleConfig, type ScheduleConfig } from "./schedule-config.ts";

/**
 * `kind: schedule`: replicas by the calendar of a time zone, increases asked for a lead ahead.
 * @see KEDA's cron scaler and AWS scheduled scaling, which know no lead and no holidays
 */
export const schedule: Policy<ScheduleConfig, null> = definePolicy<ScheduleConfig, null>({
  id: "schedule",
  parseConfig: parseScheduleConfig,
  initialState: () => null,
  timers: (config) => [{ name: "sync", periodSeconds: config.syncSeconds }],
  needs: () => [],
  queries: () => [],
  decide({ nowSeconds }, state, config) {
    const epochSeconds = config.startEpochSeconds + nowSeconds;
    const now = calendarAt(config.calendar, epochSeconds);
    const wanted = calendarAhead(config.calendar, epochSeconds, config.leadSeconds);
    const leads = wanted.replicas > now.replicas;
    const evidence = {
      localTime: localText(config, epochSeconds),
      because: wanted.because,
      calendarReplicas: now.replicas,
      ...(leads ? { dueInSeconds: wanted.fromEpochSeconds - epochSeconds, leadSeconds: config.leadSeconds } : {}),
    };
    const reason = leads ? "AheadOfWindow" : reasonOf(now.because);
    return { state, decision: { desiredReplicas: wanted.replicas, reason, held: { by: "forecast" }, evidence } };
  },
  without: (config, hindrance) => (hindrance === "pollPeriod" ? { ...config, syncSeconds: Math.min(config.syncSeconds, 1) } : config),
});

function reasonOf(because: string): string {
  if (because === "default") return "OutsideWindows";
  return because === "date" ? "DateRule" : "InWindow";
}

/** "mon 2026-03-02 08:00", as a reader in that zone would say it. */
function localText(config: ScheduleConfig, epochSeconds: number): string {
  const { year, month, day, weekday, hour, minute } = localTime(config.calendar.zone, epochSeconds);
  return `${DAY_NAMES[weekday] as string} ${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
