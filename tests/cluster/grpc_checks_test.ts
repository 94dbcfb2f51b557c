/**
 * HAProxy with the configuration of a Compose file whose servers have gRPC alone. Its checks want
 * answers within a second: not beside other tests.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ClipClient } from "../../client/mod.ts";
import { planFlow } from "../../src/cli/export/plan_flow.ts";
import { balancerConfig } from "../../src/deployment/compose/balancer_config.ts";
import { Certificates } from "../support/certificates.ts";
import { type DemoServer, startDemoServer } from "../support/demo_server.ts";
import { NameServer } from "../support/name_server.ts";
import { ownPorts } from "../support/own_port.ts";
import { Program } from "../support/process.ts";

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
    const [port, out] = await ownPorts(2) as [number, number];
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
