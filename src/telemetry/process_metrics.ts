/** What the process itself uses, and how busy its main thread is. */
import process from "node:process";
import type { MetricSet } from "./metric_set.ts";

/** How often the main thread's lateness is sampled. */
const LAG_SAMPLE_MS = 500;

/** Shows memory, CPU time and lag on a page; the returned function ends the sampling. */
export function watchProcess(set: MetricSet): () => void {
  set.gauge("process_start_time_seconds").set(performance.timeOrigin / 1000);
  const cpu = set.counter("process_cpu_seconds_total");
  let counted = 0;
  set.onScrape(() => {
    set.gauge("process_resident_memory_bytes").set(Deno.memoryUsage().rss);
    const { user, system } = process.cpuUsage();
    const used = (user + system) / 1e6;
    cpu.inc(Math.max(0, used - counted));
    counted = Math.max(counted, used);
  });
  const lag = set.histogram("clipline_event_loop_lag_seconds");
  let due = performance.now() + LAG_SAMPLE_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    lag.observe(Math.max(0, now - due) / 1000);
    due = now + LAG_SAMPLE_MS;
  }, LAG_SAMPLE_MS);
  Deno.unrefTimer(timer);
  return () => clearInterval(timer);
}
