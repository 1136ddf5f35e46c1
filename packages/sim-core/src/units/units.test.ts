import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BYTES_PATTERN, formatBytes, parseByteRate, parseBytes } from "./bytes.ts";
import { DURATION_PATTERN, formatDuration, parseDuration } from "./duration.ts";
import { parseRate, RATE_PATTERN } from "./rate.ts";
import { parseShare, SHARE_PATTERN } from "./share.ts";

describe("durations", () => {
  it.each([
    ["90s", 90],
    ["5m", 300],
    ["5min", 300],
    ["24h", 86_400],
    ["2d", 172_800],
    ["1w", 604_800],
    ["1h30m", 5400],
    ["1.5h", 5400],
    ["250ms", 0.25],
    ["100ms", 0.1],
    ["0s", 0],
  ])("reads %s as %d seconds", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
    expect(text).toMatch(new RegExp(DURATION_PATTERN));
  });

  it.each(["", "90", "90 s", "-5s", "5M", "1y", "s", "1h30", ".5s", "1e3s", "5s!"])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
    expect(text).not.toMatch(new RegExp(DURATION_PATTERN));
  });

  it("reads back what it writes, to the millisecond", () => {
    fc.assert(
      fc.property(fc.nat(1e9), (milliseconds) => {
        expect(Math.round((parseDuration(formatDuration(milliseconds / 1000)) as number) * 1000)).toBe(milliseconds);
      }),
    );
  });

  it("writes an infinite duration in words", () => {
    expect(formatDuration(Number.POSITIVE_INFINITY)).toBe("unlimited");
  });
});

describe("sizes and bandwidths", () => {
  it.each([
    ["80GB", 80e9],
    ["80 GB", 80e9],
    ["80GiB", 85_899_345_920],
    ["1.5TB", 1.5e12],
    ["512B", 512],
    ["4KiB", 4096],
  ])("reads %s as %d bytes", (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
    expect(text).toMatch(new RegExp(BYTES_PATTERN));
  });

  it.each(["80", "80gb", "80G", "GB", "-1GB", "80GBs"])("refuses %j", (text) => {
    expect(parseBytes(text)).toBeUndefined();
    expect(text).not.toMatch(new RegExp(BYTES_PATTERN));
  });

  it("needs the time unit in a bandwidth", () => {
    expect(parseByteRate("2GB/s")).toBe(2e9);
    expect(parseByteRate("2GB")).toBeUndefined();
    expect(parseByteRate("2GB/m")).toBeUndefined();
  });

  it.each([
    [137.96e9, "138 GB"],
    [5.24e6, "5.2 MB"],
    [12, "12 B"],
    [-3e9, "-3 GB"],
  ])("writes %d as %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe("rates and shares", () => {
  it.each([
    ["3/s", 3],
    ["180/min", 3],
    ["180/m", 3],
    ["7200/h", 2],
    ["43200/d", 0.5],
    ["0.5 / s", 0.5],
  ])("reads %s as %d per second", (text, perSecond) => {
    expect(parseRate(text)).toBe(perSecond);
    expect(text).toMatch(new RegExp(RATE_PATTERN));
  });

  it.each(["3", "3/", "3/y", "-3/s", "3 per s"])("refuses %j", (text) => {
    expect(parseRate(text)).toBeUndefined();
  });

  it("reads a percentage as the nearest double", () => {
    expect(parseShare("99.9%")).toBe(0.999);
    expect(parseShare("100%")).toBe(1);
    expect("99.9%").toMatch(new RegExp(SHARE_PATTERN));
  });

  it.each(["99.9", "101%", "-1%", "%"])("refuses %j as a share", (text) => {
    expect(parseShare(text)).toBeUndefined();
  });
});
