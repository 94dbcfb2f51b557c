/** How figures stand in the tables. */
import type { Summary } from "../summary.ts";

/** A number of about three digits. */
export function about(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value >= 1000) return (Math.round(value / 10) * 10).toFixed(0);
  return value >= 100 ? value.toFixed(0) : value.toPrecision(2);
}

/** Milliseconds. */
export function milliseconds(value: number): string {
  return Number.isFinite(value) ? value.toFixed(0) : "–";
}

/** A share in percent, with a digit where it is small. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.0995 ? 1 : 0)} %`;
}

/** Median and 99th percentile in milliseconds, and what was refused, if that is a thousandth. */
export function latency({ p50, p99, refused }: Summary): string {
  const both = `${milliseconds(p50)} / ${milliseconds(p99)}`;
  return refused >= 0.0005 ? `${both} (${percent(refused)})` : both;
}
