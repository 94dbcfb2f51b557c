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

Deno.test("the balancer of a Compose file finds all servers by their name, and gives each its share", async () => {
  const folder = await Deno.makeTempDir({ prefix: "clipline-balancer-" });
  const [grpc, http, grpcOut, httpOut] = freePorts(4) as [number, number, number, number];
  const flow = {
    host: "0.0.0.0",
    port: [grpc, http, http],
    protocol: ["grpc", "http", "websocket"],
  };
  const addresses = ["127.0.0.2", "127.0.0.3"];
  const path = join(folder, "flow.yml");
  await Deno.writeTextFile(
    path,
    JSON.stringify({
      jtype: "Flow",
      with: flow,
      executors: [{
        name: "clip",
        uses: { jtype: "CLIPEncoder", metas: { py_modules: ["clip_torch"] } },
      }],
    }),
  );
  const { plan } = await planFlow(path, { replicas: { least: 2, most: 2 } });
  await using one = await startDemoServer({ ...flow, host: addresses[0] });
  await using two = await startDemoServer({ ...flow, host: addresses[1] });
  using names = await NameServer.start(addresses);
  const config = join(folder, "haproxy.cfg");
  await Deno.writeTextFile(
    config,
    balancerConfig(plan)
      .replace("parse-resolv-conf", `nameserver docker 127.0.0.1:${names.port}`)
      .replace(`bind :${grpc}`, `bind 127.0.0.1:${grpcOut}`)
      .replace(`bind :${http}`, `bind 127.0.0.1:${httpOut}`),
  );
  const balancer = new Program([], { program: "haproxy", words: ["-db", "-f", config] });
  try {
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
  } catch (thrown) {
    throw new Error(`HAProxy says: ${balancer.stderr}`, { cause: thrown });
  } finally {
    balancer.kill("SIGTERM");
    await balancer.ended();
    await Deno.remove(folder, { recursive: true });
  }
});
