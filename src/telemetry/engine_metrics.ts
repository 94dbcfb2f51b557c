/** Counts the events of one executor's engine. */
import type { Modality } from "../model/item.ts";
import { type EngineObserver, type EngineState, REJECTION_REASONS } from "./engine_observer.ts";
import type { MetricSet } from "./metric_set.ts";

const MODALITIES: readonly Modality[] = ["text", "image"];

/** What an executor runs. */
export interface ExecutorFacts {
  model: string;
  runtime: string;
  provider: string;
  dtype: string;
}

/** An observer that counts into a set, under the executor's name. */
export function engineMetrics(set: MetricSet, executor: string): EngineObserver {
  const prepared = set.histogram("clipline_preprocess_seconds");
  const preparedItems = set.counter("clipline_preprocessed_items_total");
  const computed = set.histogram("clipline_compute_seconds");
  const embeddings = set.counter("clipline_embeddings_total");
  const batchItems = set.histogram("clipline_batch_items");
  const batchFill = set.histogram("clipline_batch_fill_ratio");
  const padding = set.histogram("clipline_text_padding_ratio");
  const busy = set.counter("clipline_replica_busy_seconds_total");
  const waited = set.histogram("clipline_wait_seconds");
  const rejected = set.counter("clipline_rejected_items_total");
  const lookups = set.counter("clipline_cache_lookups_total");
  const merged = set.counter("clipline_merged_items_total");
  const restarts = set.counter("clipline_worker_restarts_total");
  const jinaPrepared = {
    text: set.summary("jina_preprocess_texts_seconds"),
    image: set.summary("jina_preprocess_images_seconds"),
  };
  const jinaEncoded = {
    text: set.summary("jina_encode_texts_seconds"),
    image: set.summary("jina_encode_images_seconds"),
  };
  const by = {
    text: { executor, modality: "text" },
    image: { executor, modality: "image" },
  };
  // What has not happened yet is 0 and not absent: a rate needs a first value.
  for (const modality of MODALITIES) {
    preparedItems.inc(by[modality], 0);
    embeddings.inc(by[modality], 0);
  }
  for (const reason of REJECTION_REASONS) rejected.inc({ executor, reason }, 0);
  merged.inc({ executor }, 0);
  for (const result of ["hit", "miss"]) lookups.inc({ executor, result }, 0);
  for (const kind of ["replica", "preprocessor"]) restarts.inc({ executor, kind }, 0);

  return {
    prepared(modality, items, ms) {
      prepared.observe(by[modality], ms / 1000);
      preparedItems.inc(by[modality], items);
      jinaPrepared[modality].observe({ runtime_name: runtimeName(executor) }, ms / 1000);
    },
    computed(replica, modality, items, fill, share, ms) {
      computed.observe(by[modality], ms / 1000);
      embeddings.inc(by[modality], items);
      batchItems.observe(by[modality], items);
      batchFill.observe(by[modality], fill);
      if (modality === "text") padding.observe({ executor }, share);
      busy.inc({ executor, replica }, ms / 1000);
      jinaEncoded[modality].observe({ runtime_name: runtimeName(executor, replica) }, ms / 1000);
    },
    waited: (modality, ms) => waited.observe(by[modality], ms / 1000),
    rejected: (items, reason) => rejected.inc({ executor, reason }, items),
    cached: (hit) => lookups.inc({ executor, result: hit ? "hit" : "miss" }),
    merged: () => merged.inc({ executor }),
    restarted: (kind) => restarts.inc({ executor, kind }),
  };
}

/** Shows an engine's state at each scrape. */
export function watchEngine(
  set: MetricSet,
  executor: string,
  facts: ExecutorFacts,
  state: () => EngineState,
): void {
  const { model, runtime, provider, dtype } = facts;
  set.gauge("clipline_executor_info").set({ executor, model, runtime, provider, dtype }, 1);
  const busy = set.counter("clipline_replica_busy_seconds_total");
  const { replicas } = state();
  for (let replica = 0; replica < replicas; replica++) busy.inc({ executor, replica }, 0);
  set.onScrape(() => {
    const now = state();
    set.gauge("clipline_replicas").set({ executor }, now.replicas);
    set.gauge("clipline_replicas_ready").set({ executor }, now.replicasReady);
    set.gauge("clipline_replicas_busy").set({ executor }, now.replicasBusy);
    set.gauge("clipline_running_items").set({ executor }, now.running);
    set.gauge("clipline_held_bytes").set({ executor }, now.heldBytes);
    for (const modality of MODALITIES) {
      set.gauge("clipline_queue_items").set({ executor, modality }, now.waiting[modality]);
      const wait = now.expectedWaitMs[modality] / 1000;
      set.gauge("clipline_expected_wait_seconds").set({ executor, modality }, wait);
    }
  });
}

/** The name that Jina gives the process of a replica: `clip_t/rep-0`. */
export function runtimeName(executor: string, replica = 0): string {
  return `${executor}/rep-${replica}`;
}
