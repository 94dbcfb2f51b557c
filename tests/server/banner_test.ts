import assert from "node:assert/strict";
import { ThreadedTokenizer } from "../../src/dispatch/threaded_tokenizer.ts";
import { banner, bannerJson } from "../../src/server/banner.ts";
import type { Address } from "../../src/server/server.ts";
import type { Executor } from "../../src/service/executors.ts";
import { FakeEncoder } from "../support/fake_encoder.ts";

const EXECUTOR: Executor = {
  name: "clip_t",
  models: ["ViT-B-32::openai"],
  accessPaths: "@r",
  encoder: new FakeEncoder(),
  tokenizer: new ThreadedTokenizer(),
  batching: { maxTokens: 616, workers: 1 },
  description: {
    model: "ViT-B-32::openai",
    runtime: "torch",
    provider: "cpu",
    device: "CPU",
    dtype: "fp32",
    passed_over: "cuda: no driver",
  },
};

const GRPC: Address = { protocol: "grpc", host: "127.0.0.1", port: 51000, tls: false };
const HTTPS: Address = { protocol: "http", host: "::1", port: 8443, tls: true };

const server = (addresses: Address[]) => ({
  addresses,
  metricsAddresses: [{ host: "0.0.0.0", port: 9090 }],
  executors: [EXECUTOR],
  indexers: [],
});

Deno.test("The banner says where the server is, what it runs and what it does not", () => {
  const text = banner(server([GRPC]), { color: false });
  assert.match(text, /^clipline \S+ is ready\n\n {2}grpc {3}grpc:\/\/127\.0\.0\.1:51000\n/);
  assert.match(text, /^ {2}scrape http:\/\/127\.0\.0\.1:9090\/metrics$/m);
  assert.match(text, /^ {2}model {2}ViT-B-32::openai \(clip_t\): torch runtime on the CPU, fp32/m);
  assert.match(text, /^ {2}not on cuda: no driver$/m);
  assert.doesNotMatch(text, /curl|page|stop/);
});

Deno.test("Without HTTP the line to try is one of Python's client", () => {
  const line = (address: Address) =>
    banner(server([address]), { color: false }).split("\n").filter(Boolean).pop();
  assert.equal(
    line(GRPC),
    `  python -c "from clip_client import Client; ` +
      `print(Client('grpc://127.0.0.1:51000').encode(['a red circle']))"`,
  );
  assert.match(
    line({ ...GRPC, protocol: "websocket", tls: true })!,
    /'wss:\/\/127\.0\.0\.1:51000'/,
  );
});

Deno.test("The banner says how the process is stopped, which npx passes no signal on to", () => {
  const text = banner(server([GRPC]), { color: false, pid: 4711 });
  assert.match(text, /^ {2}stop {3}Ctrl-C, or kill 4711$/m);
});

Deno.test("As JSON the banner is one line with addresses as values", () => {
  const line = bannerJson(server([GRPC, HTTPS]), 4711);
  assert.doesNotMatch(line, /\n/);
  const { time: _, version: __, message, models, ...rest } = JSON.parse(line);
  assert.match(message, /^clipline \S+ is ready$/);
  assert.match(models[0], /^ViT-B-32::openai \(clip_t\)/);
  assert.deepEqual(rest, {
    level: "INFO",
    name: "clipline",
    pid: 4711,
    addresses: ["grpc://127.0.0.1:51000", "https://[::1]:8443"],
    metrics: ["http://127.0.0.1:9090/metrics"],
  });
});

Deno.test("With HTTP the banner has a line to try, and the page if there is one", () => {
  const text = banner(server([GRPC, HTTPS]), { color: false, playground: true });
  assert.match(text, /^ {2}page {3}https:\/\/\[::1\]:8443\/$/m);
  assert.match(text, /^ {2}curl -k -s https:\/\/\[::1\]:8443\/post /m);
  const without = banner(server([HTTPS]), { color: false });
  assert.match(without, /^ {2}page {3}https:\/\/\[::1\]:8443\/docs$/m);
  assert.match(
    without,
    /^ {2}curl -k -s https:\/\/\[::1\]:8443\/encode .* -d '{"data":\[{"text":"a red circle"}\]}'$/m,
  );
});

Deno.test("The banner shows the flow's description", () => {
  const text = banner(server([GRPC]), { color: false, description: "A toy.\nNothing else.\n" });
  assert.match(text, /is ready\nA toy\.\nNothing else\.\n\n {2}grpc/);
});

Deno.test("Where Jina's clients are not served, there is no line of theirs to try", () => {
  const options = { color: false, jina: false, playground: true };
  const http = banner(server([GRPC, HTTPS]), options);
  assert.match(http, /^ {2}page {3}https:\/\/\[::1\]:8443\/docs$/m);
  for (const text of [http, banner(server([GRPC]), options)]) {
    assert.doesNotMatch(text, /Try it|curl|clip_client/);
  }
});
