/** Requests that are written beforehand, over bare sockets; answers are counted and not looked into. */
import { Buffer } from "node:buffer";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { encodeRequestProto } from "../../src/dialects/jina/proto/request.ts";
import { encodeRequestJson } from "../../client/wire/json_request.ts";
import { newId } from "../../client/ids.ts";

/** How requests are sent. */
export interface RawLoad {
  url: string;
  texts: readonly string[];
  batchSize: number;
  /** Requests on their way at one time. */
  prefetch: number;
}

/** Sends all of it. @returns milliseconds, without what is written beforehand. */
export async function sendRaw({ url, texts, batchSize, prefetch }: RawLoad): Promise<number> {
  const requests = [];
  for (let at = 0; at < texts.length; at += batchSize) {
    const docs = texts.slice(at, at + batchSize).map((text) => ({ id: newId(), text }));
    const parameters = { drop_image_content: true, on_error: "skip" };
    requests.push({ requestId: newId(), execEndpoint: "/encode", parameters, docs });
  }
  if (url.startsWith("http")) {
    return await overHttp(`${url}/post`, requests.map(encodeRequestJson), prefetch);
  }
  const messages = requests.map(encodeRequestProto);
  return url.startsWith("ws")
    ? await overWebSocket(url, messages, prefetch)
    : await overGrpc(new URL(url).host, messages, prefetch);
}

async function overHttp(url: string, bodies: string[], prefetch: number): Promise<number> {
  const began = performance.now();
  let next = 0;
  const headers = { "content-type": "application/json" };
  const lane = async () => {
    while (next < bodies.length) {
      const body = bodies[next++]!;
      await (await fetch(url, { method: "POST", headers, body })).arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: prefetch }, lane));
  return performance.now() - began;
}

async function overWebSocket(
  url: string,
  messages: Uint8Array[],
  prefetch: number,
): Promise<number> {
  const socket = new WebSocket(url, "bytes");
  await new Promise((resolve) => socket.onopen = resolve);
  const began = performance.now();
  await streamed(messages, prefetch, (message) => socket.send(message as Uint8Array<ArrayBuffer>), (
    heard,
  ) => socket.onmessage = heard);
  const took = performance.now() - began;
  socket.close();
  return took;
}

async function overGrpc(host: string, messages: Uint8Array[], prefetch: number): Promise<number> {
  const client = new Client(host, credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
  });
  await new Promise<void>((resolve, reject) =>
    client.waitForReady(Date.now() + 10_000, (error) => error ? reject(error) : resolve())
  );
  const began = performance.now();
  const stream = client.makeBidiStreamRequest(
    "/jina.JinaRPC/Call",
    (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    (bytes) => bytes,
    new Metadata(),
    {},
  );
  await streamed(messages, prefetch, (message) => stream.write(message), (heard) => {
    stream.on("data", heard);
  });
  // What becomes of it afterwards is nobody's.
  stream.on("error", () => {});
  stream.end();
  const took = performance.now() - began;
  client.close();
  return took;
}

/** Keeps so many on their way. */
function streamed(
  messages: readonly Uint8Array[],
  prefetch: number,
  send: (message: Uint8Array) => void,
  listen: (heard: () => void) => void,
): Promise<void> {
  return new Promise((resolve) => {
    let [sent, answered] = [0, 0];
    listen(() => {
      if (++answered === messages.length) resolve();
      else if (sent < messages.length) send(messages[sent++]!);
    });
    while (sent < Math.min(prefetch, messages.length)) send(messages[sent++]!);
  });
}
