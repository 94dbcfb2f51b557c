/** The metrics of one page, as prom-client's objects. */
import { Counter, Gauge, Histogram, type Metric, Registry, Summary } from "prom-client";
import { type LabelOf, type MetricDefinition, type MetricName, METRICS } from "./metric_table.ts";

/** prom-client gathers values for quantiles, which are not asked for here: few are enough. */
const KEPT_VALUES = 64;

/** A set of metrics that is scraped together. A metric without values is not on the page. */
export class MetricSet {
  readonly #registry = new Registry();
  readonly #metrics = new Map<MetricName, Metric>();
  readonly #refreshers: (() => void | Promise<void>)[] = [];

  /** The page's content type. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** A counter of the table. */
  counter<N extends MetricName<"counter">>(name: N): Counter<LabelOf<N>> {
    return this.#get(name) as Counter<LabelOf<N>>;
  }

  /** A gauge of the table. */
  gauge<N extends MetricName<"gauge">>(name: N): Gauge<LabelOf<N>> {
    return this.#get(name) as Gauge<LabelOf<N>>;
  }

  /** A summary of the table: sum and count, no quantiles, as Python's client has it. */
  summary<N extends MetricName<"summary">>(name: N): Summary<LabelOf<N>> {
    return this.#get(name) as Summary<LabelOf<N>>;
  }

  /** A histogram of the table. */
  histogram<N extends MetricName<"histogram">>(name: N): Histogram<LabelOf<N>> {
    return this.#get(name) as Histogram<LabelOf<N>>;
  }

  /**
   * Has `refresh` called before each scrape, to set what is a state and not an event. The scrape waits
   * for it; it never rejects.
   */
  onScrape(refresh: () => void | Promise<void>): void {
    this.#refreshers.push(refresh);
  }

  /** The page in Prometheus' text format, version 0.0.4. */
  async text(): Promise<string> {
    await Promise.all(this.#refreshers.map((refresh) => refresh()));
    return await this.#registry.metrics();
  }

  #get(name: MetricName): Metric {
    const known = this.#metrics.get(name);
    if (known) return known;
    const metric = this.#make(name, METRICS[name]);
    this.#metrics.set(name, metric);
    return metric;
  }

  #make(name: string, definition: MetricDefinition): Metric {
    const { type, help } = definition;
    const base = {
      name,
      help,
      labelNames: [...definition.labels],
      registers: [this.#registry],
    };
    switch (type) {
      case "counter":
        return new Counter(base);
      case "gauge":
        return new Gauge(base);
      case "summary":
        return new Summary({ ...base, percentiles: [], compressCount: KEPT_VALUES });
      case "histogram":
        return new Histogram({ ...base, buckets: [...definition.buckets ?? []] });
    }
  }
}
