import assert from "node:assert/strict";
import fc from "fast-check";
import { EndpointLabels } from "../../src/telemetry/endpoint_label.ts";

const labels = new EndpointLabels(["/mine", "/v1/mine"]);

Deno.test("EndpointLabels.of() knows the usual endpoints and those of the flow", () => {
  const table: [string, string][] = [
    ["/", "/"],
    ["", "/"],
    ["///", "/"],
    ["/encode", "/encode"],
    ["encode", "/encode"],
    ["/encode/", "/encode"],
    ["/encode/ViT-B-32::openai", "/encode"],
    ["/rank", "/rank"],
    ["/rerank", "/rank"],
    ["/rank/ViT-L/14", "/rank"],
    ["/search", "/search"],
    ["_jina_dry_run_", "/dry_run"],
    ["/mine", "/mine"],
    ["/v1/mine", "/v1/mine"],
    ["/v1/embeddings", "/v1/embeddings"],
    ["/infer", "/infer"],
    ["/v1/other", "other"],
    ["/ENCODE", "other"],
    ["/__proto__", "other"],
    ["/constructor", "other"],
  ];
  for (const [endpoint, label] of table) assert.equal(labels.of(endpoint), label, endpoint);
});

Deno.test("EndpointLabels.of() never leaves its closed set", () => {
  const all = new Set([
    ...["/", "/encode", "/rank", "/index", "/search", "/update", "/delete", "/dry_run"],
    ...["/embed", "/v1/embed", "other"],
  ]);
  const endpoint = fc.oneof(fc.string(), fc.string().map((text) => `/encode/${text}`));
  fc.assert(fc.property(endpoint, (text) => all.has(labels.of(text))), { seed: 5, numRuns: 500 });
});
