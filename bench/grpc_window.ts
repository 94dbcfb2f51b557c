// deno-lint-ignore-file no-console -- a command-line program
/**
 * What gRPC's transport costs beside that of another checkout (the commit before, by `git worktree`),
 * measured in turn in one run: the server's CPU time per request, and the time of a request over a
 * network with a round trip of 20 ms, with a model that costs nothing. The last column is the ratio,
 * this checkout's to the other's.
 *
 *     git worktree add ../before COMMIT && ln -s "$PWD/node_modules" ../before/node_modules
 *     deno run -A bench/grpc_window.ts ../before
 */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Client, credentials } from "@grpc/grpc-js";
import { encodeRequestProto } from "../src/dialects/jina/proto/request.ts";

const ROUND_TRIP_MS = 20;
const ROUNDS = 6;
const ROUND_MS = 1500;
/** Requests over the slow network, each round. */
const SLOW_REQUESTS = 5;
const IMAGE = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 2654435761) >>> 13);

/** Documents of a request, and the requests that are under way at a time. */
const WORK = [
  { name: "1 text", count: 1, inFlight: 16, image: false },
  { name: "32 texts", count: 32, inFlight: 8, image: false },
  { name: "1 image", count: 1, inFlight: 16, image: true },
  { name: "32 images", count: 32, inFlight: 4, image: true },
];

function requestOf({ count, image }: (typeof WORK)[number]): Uint8Array {
  const docs = Array.from({ length: count }, (_, i) => ({
    id: i.toString(16).padStart(32, "0"),
    ...(image ? { blob: IMAGE } : { text: `a photo of a cat on a mat, number ${i}` }),
  }));
  const parameters = { drop_image_content: true };
  return encodeRequestProto({
    requestId: "0".repeat(32),
    execEndpoint: "/encode",
    parameters,
    docs,
  });
}

/** A stream of requests: `ask` resolves when its answer is there. */
function openStream(port: number) {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
    "grpc.use_local_subchannel_pool": 1,
  });
  const waiting: (() => void)[] = [];
  const stream = client.makeBidiStreamRequest<Uint8Array, Buffer>(
    "/jina.JinaRPC/Call",
    (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    (bytes) => bytes,
  );
  stream.on("data", () => waiting.shift()!());
  stream.on("error", () => {});
  return {
    ask: (message: Uint8Array) =>
      new Promise<void>((resolve) => {
        waiting.push(resolve);
        stream.write(message);
      }),
    close: () => {
      stream.cancel();
      client.close();
    },
  };
}

/** A server of a checkout, and a way to it that takes a round trip of 20 ms. */
async function startServer(root: URL) {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", fileURLToPath(new URL("bench/gateway_server.ts", root))],
    cwd: fileURLToPath(root),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const { value: line } = await process.stdout.getReader().read();
  const port: number = JSON.parse(new TextDecoder().decode(line))[0];
  const relay = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    delayed(near, far);
    delayed(far, near);
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  return { process, port, slowPort: (relay.address() as AddressInfo).port };
}

function delayed(from: Socket, to: Socket): void {
  from.setNoDelay(true);
  from.on("data", (piece: Buffer) => setTimeout(() => to.write(piece), ROUND_TRIP_MS / 2));
  from.on("close", () => to.destroy());
  from.on("error", () => {});
}

/** Milliseconds of CPU that a process has had. */
function cpuMs(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Milliseconds of the server's CPU for a request. */
async function cpuOfRequest(server: Server, message: Uint8Array, inFlight: number) {
  const stream = openStream(server.port);
  await stream.ask(message);
  const before = cpuMs(server.process.pid);
  const end = performance.now() + ROUND_MS;
  let asked = 0;
  await Promise.all(Array.from({ length: inFlight }, async () => {
    for (; performance.now() < end; asked++) await stream.ask(message);
  }));
  const used = cpuMs(server.process.pid) - before;
  stream.close();
  return used / asked;
}

/** Milliseconds of a request over the slow network. */
async function timeOfRequest(server: Server, message: Uint8Array) {
  const stream = openStream(server.slowPort);
  await stream.ask(message);
  const began = performance.now();
  for (let i = 0; i < SLOW_REQUESTS; i++) await stream.ask(message);
  stream.close();
  return (performance.now() - began) / SLOW_REQUESTS;
}

type Server = Awaited<ReturnType<typeof startServer>>;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

const other = Deno.args[0];
if (other === undefined) {
  console.error("Which checkout to compare with? deno run -A bench/grpc_window.ts DIRECTORY");
  Deno.exit(2);
}
const servers = [
  await startServer(pathToFileURL(`${Deno.realPathSync(other)}/`)),
  await startServer(new URL("../", import.meta.url)),
] as const;
console.log("request     what                          other       this   ratio");
for (const work of WORK) {
  const message = requestOf(work);
  const rows = {
    "server's CPU, ms": (server: Server) => cpuOfRequest(server, message, work.inFlight),
    "round trip of 20 ms, ms": (server: Server) => timeOfRequest(server, message),
  };
  for (const [what, measure] of Object.entries(rows)) {
    const taken: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      for (const [which, server] of servers.entries()) taken[which]!.push(await measure(server));
    }
    const [before, after] = taken.map(median) as [number, number];
    console.log(
      `${work.name.padEnd(11)} ${what.padEnd(24)} ${before.toFixed(3).padStart(10)} ` +
        `${after.toFixed(3).padStart(10)} ${(after / before).toFixed(2).padStart(7)}`,
    );
  }
}
for (const { process } of servers) {
  await process.stdin.close();
  await process.status;
}
Deno.exit(0);
