import fc from "fast-check";
import { expect, it } from "vitest";
import { formatClock, formatDate, formatOffset } from "./clock.ts";

const day = { startEpochSeconds: 1_793_574_000, startOffsetSeconds: 3600, durationSeconds: 86400 };

it("shows moments on the scenario's wall clock, not in UTC", () => {
  expect(formatClock(9 * 3600 + 4 * 60 + 12.9, day)).toBe("09:04:12");
  expect(formatDate(day)).toBe("Mon 2 Nov 2026");
});

it("adds the weekday when the run is longer than a day", () => {
  expect(formatClock(90_000, { ...day, durationSeconds: 200_000 })).toBe("Tue 01:00:00");
});

it.each([
  [3600, "UTC+01:00"],
  [-12_600, "UTC-03:30"],
  [0, "UTC+00:00"],
])("names the offset %s as %s", (seconds, text) => {
  expect(formatOffset(seconds)).toBe(text);
});

it("agrees with the platform's calendar on every day, before 1970 too", () => {
  fc.assert(
    fc.property(fc.integer({ min: -40_000_000_000, max: 40_000_000_000 }), (startEpochSeconds) => {
      const date = new Date(startEpochSeconds * 1000);
      const [weekday, day, month, year] = date.toUTCString().replace(",", "").split(" ");
      expect(formatDate({ startEpochSeconds, startOffsetSeconds: 0, durationSeconds: 1 })).toBe(
        `${weekday} ${Number(day)} ${month} ${Number(year)}`,
      );
      expect(formatClock(0, { startEpochSeconds, startOffsetSeconds: 0, durationSeconds: 1 })).toBe(date.toISOString().slice(-13, -5));
    }),
    { seed: 5 },
  );
});
