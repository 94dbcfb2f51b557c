/** Reading pages of metrics in tests. */
import assert from "node:assert/strict";
import type { Server } from "../../src/server/server.ts";

/** A page of metrics, read. */
export class MetricsPage {
  readonly text: string;
  readonly #samples = new Map<string, number>();

  constructor(text: string) {
    this.text = text;
    for (const line of text.split("\n")) {
      if (line === "" || line.startsWith("#")) continue;
      const match = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line);
      assert.ok(match, `not a sample: ${line}`);
      const key = `${match[1]} ${(match[2] ?? "").split(",").filter(Boolean).sort().join(",")}`;
      assert.ok(!this.#samples.has(key), `twice on the page: ${line}`);
      this.#samples.set(key, Number(match[3]));
    }
  }

  /** A sample's value; undefined if it is not there. All labels must be given. */
  get(name: string, labels: Record<string, string | number> = {}): number | undefined {
    const key = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    return this.#samples.get(`${name} ${key.sort().join(",")}`);
  }

  /** Names and labels of all samples. */
  get samples(): string[] {
    return [...this.#samples.keys()];
  }
}

/** Scrapes a server's page. */
export async function scrape(server: Server, index = 0, path = "/metrics"): Promise<MetricsPage> {
  const { host, port } = server.metricsAddresses[index]!;
  const response = await fetch(`http://${host}:${port}${path}`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  return new MetricsPage(await response.text());
}

/** Posts documents to a server over HTTP; the answer's status and body. */
export async function postDocuments(
  url: string,
  data: unknown,
  path = "/post",
  execEndpoint = "/",
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data, execEndpoint }),
  });
  return { status: response.status, body: await response.json() };
}
