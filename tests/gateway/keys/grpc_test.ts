import assert from "node:assert/strict";
import { Metadata, status } from "@grpc/grpc-js";
import {
  decodeResponseProto,
  encodeRequestProto,
} from "../../../src/dialects/jina/proto/request.ts";
import { requestLog } from "../../../src/telemetry/request_log.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { openGateways, type TestGatewayOptions } from "../../support/gateways.ts";
import { GrpcClient, statusOf, textRequest } from "../../support/grpc_client.ts";
import { LogLines } from "../../support/log_lines.ts";
import { settle } from "../../support/turns.ts";

const KEY = "the-key-0123456789abcdef";
const SINGLE = "/jina.JinaSingleDataRequestRPC/process_single_data";

async function withClient(
  keys: string,
  work: (client: GrpcClient, gateways: Awaited<ReturnType<typeof openGateways>>) => Promise<void>,
  options: TestGatewayOptions = {},
): Promise<void> {
  await using gateways = await openGateways({ ...options, gateway: [`api_keys: ${keys}`] });
  const client = new GrpcClient(gateways.url("grpc"));
  try {
    await work(client, gateways);
  } finally {
    client.close();
  }
}

function metadata(headers: Record<string, string>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

const known = metadata({ authorization: `Bearer ${KEY}` });

Deno.test("streams and calls are served with a key in their metadata, and with none are not", async () => {
  await withClient(KEY, async (client, gateways) => {
    const message = encodeRequestProto(textRequest(["hello"]));
    for (
      const headers of [
        { authorization: `Bearer ${KEY}` },
        { authorization: `bearer ${KEY}` },
        { "x-api-key": KEY },
        { "api-key": KEY },
      ] as Record<string, string>[]
    ) {
      const [answer] = await client.call([textRequest(["hello"])], metadata(headers));
      assert.equal(answer!.docs[0]!.embedding!.shape[0], 4);
      await client.unary(SINGLE, message, metadata(headers));
    }
    const calls = gateways.encoder.calls;
    for (const headers of [{}, { authorization: KEY }, { "api-key": "x" }]) {
      const sent = metadata(headers as Record<string, string>);
      for (
        const call of [
          client.call([textRequest(["hello"])], sent),
          client.unary(SINGLE, message, sent),
          client.unary("/jina.JinaInfoRPC/_status", message, sent),
          client.unary("/no.Such/method", message, sent),
        ]
      ) {
        const { code, details } = await statusOf(call);
        assert.equal(code, status.UNAUTHENTICATED);
        assert.ok(!details.includes(KEY));
      }
    }
    assert.equal(gateways.encoder.calls, calls);
    const missing = await statusOf(client.unary("/no.Such/method", message, known));
    assert.equal(missing.code, status.UNIMPLEMENTED);
  });
});

Deno.test("health needs no key, reflection does", async () => {
  await withClient(KEY, async (client) => {
    const health = await client.unary("/grpc.health.v1.Health/Check");
    assert.deepEqual([...health], [8, 1]);
    await client.unary("/jina.JinaGatewayDryRunRPC/dry_run");
    const path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    const question = Uint8Array.of(58, 0);
    assert.equal((await statusOf(client.unary(path, question))).code, status.UNAUTHENTICATED);
    const answer = await client.unary(path, question, known);
    assert.match(new TextDecoder().decode(answer), /jina\.JinaRPC/);
  });
});

Deno.test("a call over its key's rate is refused, a stream waits", async () => {
  const clock = new FakeClock();
  await withClient(`[{key: ${KEY}, name: search, rate: 1, burst: 2}]`, async (client, gateways) => {
    const stream = client.stream(known);
    const answers: number[] = [];
    stream.on("data", (bytes) => answers.push(decodeResponseProto(bytes).docs.length));
    for (let i = 0; i < 3; i++) stream.write(encodeRequestProto(textRequest(["a", "b"])));
    await settle(() => answers.length === 1 && clock.alarms === 1);
    assert.equal(gateways.encoder.calls, 1);
    const refused = await statusOf(
      client.unary(SINGLE, encodeRequestProto(textRequest(["c"])), known),
    );
    assert.equal(refused.code, status.RESOURCE_EXHAUSTED);
    assert.match(refused.details, /'search' may send 1 documents a second .* again in 1\.0 s/);
    clock.advance(1000);
    await settle(() => answers.length === 2 && clock.alarms === 1);
    clock.advance(1999);
    assert.equal(gateways.encoder.calls, 2, "the second one was owed a document");
    clock.advance(1);
    await settle(() => answers.length === 3);
    stream.end();
    await new Promise((resolve) => stream.on("end", resolve));
  }, { clock });
});

Deno.test("a stream waits while its key's share is inside, and a call is refused", async () => {
  await withClient(`[{key: ${KEY}, name: bulk, share: 0.02}]`, async (client, gateways) => {
    gateways.encoder.held = true;
    const stream = client.stream(known);
    let answers = 0;
    stream.on("data", () => answers++);
    for (let i = 0; i < 3; i++) stream.write(encodeRequestProto(textRequest([`${i}a`, `${i}b`])));
    await settle(() => gateways.encoder.inside === 1);
    const refused = await statusOf(
      client.unary(SINGLE, encodeRequestProto(textRequest(["c"])), known),
    );
    assert.equal(refused.code, status.RESOURCE_EXHAUSTED);
    assert.equal(gateways.encoder.inside, 1);
    for (let done = 1; done <= 3; done++) {
      gateways.encoder.release();
      await settle(() => answers === done && gateways.encoder.inside === (done < 3 ? 1 : 0));
    }
    assert.equal(gateways.encoder.peak, 1);
    stream.end();
    await new Promise((resolve) => stream.on("end", resolve));
  });
});

Deno.test("a stream ends with its last answer, whatever its key owes", async () => {
  await withClient(`[{key: ${KEY}, rate: 1}]`, async (client) => {
    const [answer] = await client.call([textRequest(["a", "b", "c"])], known);
    assert.equal(answer!.docs.length, 3);
  }, { clock: new FakeClock() });
});

Deno.test("a server that stops does not wait for a key's rate", async () => {
  const clock = new FakeClock();
  await withClient(`[{key: ${KEY}, rate: 1}]`, async (client, gateways) => {
    const stream = client.stream(known);
    let answers = 0;
    stream.on("data", () => answers++);
    const ended = new Promise<{ code: number }>((resolve) => stream.on("error", resolve as never));
    for (let i = 0; i < 2; i++) stream.write(encodeRequestProto(textRequest(["a", "b", "c"])));
    await settle(() => answers === 1 && clock.alarms === 1);
    await Promise.all([gateways.stop(), ended]);
    assert.equal((await ended).code, status.UNAVAILABLE);
  }, { clock });
});

Deno.test("the log names the key of a stream's messages", async () => {
  const lines = new LogLines("DEBUG");
  const { observer } = requestLog(lines.log, { accessLog: true });
  await withClient(`[{key: ${KEY}, name: search}]`, async (client) => {
    await client.call([textRequest(["a"]), textRequest(["b"])], known);
    await statusOf(client.unary(SINGLE, encodeRequestProto(textRequest(["c"]))));
  }, { log: lines.log, observer });
  assert.deepEqual(lines.of("access").map(({ key, outcome }) => [key, outcome]), [
    ["search", "ok"],
    ["search", "ok"],
    [undefined, "unauthenticated"],
  ]);
  assert.ok(!lines.texts.join().includes(KEY));
});
