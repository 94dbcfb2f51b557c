import assert from "node:assert/strict";
import { openGateways } from "../../support/gateways.ts";
import { settle } from "../../support/turns.ts";

const post = (url: string, text = "a cat") =>
  fetch(`${url}/post`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ data: [{ text }] }),
  });

Deno.test("HTTP requests wait for a place, and only what cannot wait is refused", async () => {
  await using gateways = await openGateways({
    protocol: "http",
    gateway: ["prefetch: 2"],
    maxWaiting: 38,
  });
  const { encoder, gate } = gateways;
  const url = gateways.url("http");
  encoder.held = true;
  const sent = Array.from({ length: 40 }, (_, i) => post(url, `text ${i}`));
  await settle(() => encoder.inside === 2 && gate.waiting === 38);
  const refused = await post(url);
  assert.equal(refused.status, 503);
  const { header } = await refused.json();
  assert.match(header.status.description, /as many as 'prefetch' allows, and 38 wait/);
  while (encoder.calls < 40) {
    const { calls } = encoder;
    encoder.release();
    await settle(() => encoder.calls > calls || encoder.calls === 40);
    assert.ok(encoder.inside <= 2);
  }
  encoder.held = false;
  encoder.release();
  for (const answer of await Promise.all(sent)) {
    assert.equal(answer.status, 200);
    await answer.body?.cancel();
  }
  assert.equal(encoder.peak, 2);
});

Deno.test("a refusal says when to come back: the expected wait, in whole seconds", async () => {
  await using gateways = await openGateways({ protocol: "http" });
  const { encoder } = gateways;
  encoder.full = true;
  for (const [waitMs, said] of [[0, "1"], [300, "1"], [2500, "3"]] as const) {
    encoder.waitMs = waitMs;
    const refused = await post(gateways.url("http"));
    assert.equal(refused.status, 503);
    assert.equal(refused.headers.get("retry-after"), said);
    await refused.body?.cancel();
  }
});

Deno.test("a request that waits for a place leaves with its client", async () => {
  await using gateways = await openGateways({ protocol: "http", gateway: ["prefetch: 1"] });
  const { encoder, gate } = gateways;
  encoder.held = true;
  const held = post(gateways.url("http"));
  await settle(() => encoder.inside === 1);
  const gone = new AbortController();
  const waiting = fetch(`${gateways.url("http")}/post`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"data":[{"text":"gone"}]}',
    signal: gone.signal,
  });
  await settle(() => gate.waiting === 1);
  gone.abort();
  await assert.rejects(waiting);
  await settle(() => gate.waiting === 0);
  encoder.held = false;
  encoder.release();
  await (await held).body?.cancel();
  assert.equal(encoder.calls, 1);
});
