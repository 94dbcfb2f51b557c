/**
 * HAProxy with the configuration of a Compose file, before servers that a name server knows. Its
 * checks want answers within a second: not beside other tests.
 */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { join } from "node:path";
import { ClipClient } from "../../client/mod.ts";
import { planFlow } from "../../src/cli/export/plan_flow.ts";
import { balancerConfig } from "../../src/deployment/compose/balancer_config.ts";
import { type DemoServer, startDemoServer } from "../support/demo_server.ts";
import { Certificates } from "../support/certificates.ts";
import { Program } from "../support/process.ts";
import { until } from "../support/until.ts";

const TYPE_A = 1;

/** A name server that knows one name, as Docker's knows a service. */
class NameServer implements Disposable {
  readonly #socket = createSocket("udp4");

  static async start(addresses: readonly string[]): Promise<NameServer> {
    const server = new NameServer();
    server.#socket.on("message", (query, { port, address }) => {
      // Header, labels with their lengths, a zero, type and class (RFC 1035, 4.1).
      const asked = [...query.subarray(12, query.indexOf(0, 12) + 5)];
      const known = asked.at(-3) === TYPE_A ? addresses : [];
      const answers = known.flatMap((address) => [
        ...[0xc0, 0x0c, 0, TYPE_A, 0, 1, 0, 0, 0, 1, 0, 4],
        ...address.split(".").map(Number),
      ]);
      const header = [query[0]!, query[1]!, 0x81, 0x80, 0, 1, 0, known.length, 0, 0, 0, 0];
      server.#socket.send(Uint8Array.from([...header, ...asked, ...answers]), port, address);
    }).bind(0, "127.0.0.1");
    await once(server.#socket, "listening");
    return server;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

/** Ports that are free at two addresses. */
function freePorts(count: number): number[] {
  const listeners = Array.from(
    { length: count },
    () => Deno.listen({ hostname: "0.0.0.0", port: 0 }),
  );
  const ports = listeners.map(({ addr }) => (addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return ports;
}

function embedded({ server }: DemoServer): number {
  return server.executors[0]!.encoder.state.embedded.text;
}

/** What the balancer is to know. */
interface Balanced {
  /** Of the flow: addresses and ports, and what else it says. */
  gateway: Record<string, unknown>;
  addresses: readonly string[];
  /** Ports of the servers, and those of the balancer in their place. */
  ports: readonly (readonly [inside: number, outside: number])[];
}

/** HAProxy with the configuration that an export makes of the flow. */
async function balance(
  { gateway, addresses, ports }: Balanced,
  work: (balancer: Program) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "clipline-balancer-" });
  const path = join(folder, "flow.yml");
  const uses = { jtype: "CLIPEncoder", metas: { py_modules: ["clip_torch"] } };
  const flow = { jtype: "Flow", with: gateway, executors: [{ name: "clip", uses }] };
  await Deno.writeTextFile(path, JSON.stringify(flow));
  const { length } = addresses;
  const { plan } = await planFlow(path, { replicas: { least: length, most: length } });
  using names = await NameServer.start(addresses);
  const config = join(folder, "haproxy.cfg");
  const own = balancerConfig(plan)
    .replace("parse-resolv-conf", `nameserver docker 127.0.0.1:${names.port}`);
  const text = ports.reduce(
    (text, [inside, outside]) => text.replace(`bind :${inside}`, `bind 127.0.0.1:${outside}`),
    own,
  );
  await Deno.writeTextFile(config, text);
  const balancer = new Program([], { program: "haproxy", words: ["-db", "-f", config] });
  try {
    await work(balancer);
  } catch (thrown) {
    throw new Error(`HAProxy says: ${balancer.stderr}`, { cause: thrown });
  } finally {
    balancer.kill("SIGTERM");
    await balancer.ended();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the balancer of a Compose file finds all servers by their name, and gives each its share", async () => {
  const [grpc, http, grpcOut, httpOut] = freePorts(4) as [number, number, number, number];
  const gateway = {
    host: "0.0.0.0",
    port: [grpc, http, http],
    protocol: ["grpc", "http", "websocket"],
  };
  const addresses = ["127.0.0.2", "127.0.0.3"];
  await using one = await startDemoServer({ ...gateway, host: addresses[0] });
  await using two = await startDemoServer({ ...gateway, host: addresses[1] });
  const ports = [[grpc, grpcOut], [http, httpOut]] as const;
  await balance({ gateway, addresses, ports }, async () => {
    const texts = Array.from({ length: 60 }, (_, i) => `a red circle ${i}`);
    for (const url of [`grpc://127.0.0.1:${grpcOut}`, `http://127.0.0.1:${httpOut}`]) {
      await using client = new ClipClient(url);
      const before = [one, two].map(embedded);
      // Both are there when both have been found, and have answered a check.
      await until(
        async () => {
          // Several at a time: the least busy of two idle servers may always be the same one.
          await Promise.all(
            ["a", "b", "c", "d"].map((text) => client.encode([text]).catch(() => undefined)),
          );
          return [one, two].map((server, index) => embedded(server) - before[index]!);
        },
        (counts) => counts.every((count) => count > 0),
      );
      const began = [one, two].map(embedded);
      // A call each: of a stream all requests go to one server.
      await Promise.all(texts.map((text) => client.encode([text])));
      for (const [index, server] of [one, two].entries()) {
        const share = (embedded(server) - began[index]!) / texts.length;
        assert.ok(share > 0.2, `${url}: server ${index} got ${share}`);
      }
    }
  });
});

for (const secure of [false, true]) {
  Deno.test(`servers of gRPC alone${secure ? ", with TLS," : ""} are asked by grpc.health.v1, and one that leaves gets nothing new`, async () => {
    using certificates = new Certificates();
    certificates.selfSigned("server");
    const tls = secure
      ? {
        ssl_certfile: certificates.path("server.crt"),
        ssl_keyfile: certificates.path("server.key"),
      }
      : {};
    const [port, out] = freePorts(2) as [number, number];
    const gateway = { host: "0.0.0.0", port, protocol: "grpc", monitoring: false, ...tls };
    const addresses = ["127.0.0.2", "127.0.0.3"];
    await using one = await startDemoServer({ ...gateway, host: addresses[0] });
    await using two = await startDemoServer({ ...gateway, host: addresses[1] });
    await balance({ gateway, addresses, ports: [[port, out]] }, async (balancer) => {
      const url = `grpc${secure ? "s" : ""}://127.0.0.1:${out}`;
      const authority = secure
        ? { tls: { ca: Deno.readTextFileSync(certificates.path("server.crt")) } }
        : {};
      const encode = async (text: string) => {
        // A connection each: where TLS passes through, these are what is balanced.
        await using client = new ClipClient(url, { ...authority, retry: { retries: 0 } });
        await client.encode([text]);
      };
      for (const server of ["clipline-1", "clipline-2"]) {
        await balancer.printed(new RegExp(`${server} administratively READY`));
      }
      one.server.lifecycle.enter("leaving");
      await balancer.printed(/is stopping, reason: Layer7 check conditionally passed/);
      const before = [one, two].map(embedded);
      for (let i = 0; i < 6; i++) await encode(`${secure}: a red circle ${i}`);
      assert.deepEqual([one, two].map((server, i) => embedded(server) - before[i]!), [0, 6]);
    });
  });
}
