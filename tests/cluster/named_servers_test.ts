/**
 * HAProxy before servers that a name server knows: with the configuration of a Compose file, and
 * with the `server-template` lines of deploy/haproxy. Its checks want answers within a second: not
 * beside other tests.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { haproxyStates, isUp } from "../../bench/balancing/haproxy_states.ts";
import { ClipClient } from "../../client/mod.ts";
import { planFlow } from "../../src/cli/export/plan_flow.ts";
import { balancerConfig } from "../../src/deployment/compose/balancer_config.ts";
import { Certificates } from "../support/certificates.ts";
import { type DemoServer, startDemoServer } from "../support/demo_server.ts";
import { NameServer } from "../support/name_server.ts";
import { ownPorts } from "../support/own_port.ts";
import { Program } from "../support/process.ts";
import { until } from "../support/until.ts";

const ADDRESSES = ["127.0.0.2", "127.0.0.3"] as const;
/** Of the requests of one protocol. */
const LEAST_SHARE = 0.2;

/** Where servers and balancer listen. */
interface Ports {
  grpc: number;
  http: number;
  grpcOut: number;
  httpOut: number;
}

/** Ports of this test's own. */
async function fourPorts(): Promise<Ports> {
  const [grpc, http, grpcOut, httpOut] = await ownPorts(4) as [number, number, number, number];
  return { grpc, http, grpcOut, httpOut };
}

/** The flow's `with` of servers at these ports. */
function gateway({ grpc, http }: Ports) {
  return { port: [grpc, http, http], protocol: ["grpc", "http", "websocket"] };
}

/** A text with its pattern replaced, which has to be there. */
function put(text: string, pattern: RegExp, now: string): string {
  assert.match(text, pattern);
  return text.replace(pattern, now);
}

/** A file of deploy/haproxy with its `server-template` lines in place of the others. */
function templated(name: string): string {
  let text = Deno.readTextFileSync(new URL(`../../deploy/haproxy/${name}`, import.meta.url));
  text = put(text, /^ {2}server clip.+\n/gm, "");
  text = put(text, /^ {2}# (?=server-template)/gm, "  ");
  // Not the machine's own names.
  text = put(text, /init-addr libc,none/g, "init-addr none");
  text = put(text, /^ {2}(user|group) haproxy\n/gm, "");
  return put(text, /^ {2}stats socket .+\n/m, "");
}

function embedded({ server }: DemoServer): number {
  return server.executors[0]!.encoder.state.embedded.text;
}

/**
 * Starts two servers and HAProxy: all of its servers have to answer their checks, and each gets its
 * share of every protocol's requests.
 * @param text of HAProxy's file; its ports are those of the servers.
 * @param more keys of the servers' `with`.
 */
async function assertBalances(
  text: string,
  { grpc, http, grpcOut, httpOut }: Ports,
  more: Record<string, unknown> = {},
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "clipline-balancer-" });
  const flow = { ...gateway({ grpc, http, grpcOut, httpOut }), ...more };
  await using one = await startDemoServer({ ...flow, host: ADDRESSES[0] });
  await using two = await startDemoServer({ ...flow, host: ADDRESSES[1] });
  using names = await NameServer.start(ADDRESSES);
  const socket = join(folder, "admin.sock");
  let config = put(text, /^global\n/m, `global\n  stats socket ${socket} level admin\n`);
  config = put(config, /parse-resolv-conf/, `nameserver here 127.0.0.1:${names.port}`);
  config = put(config, new RegExp(`bind :${grpc}`), `bind 127.0.0.1:${grpcOut}`);
  config = put(config, new RegExp(`bind :${http}`), `bind 127.0.0.1:${httpOut}`);
  const file = join(folder, "haproxy.cfg");
  await Deno.writeTextFile(file, config);
  const balancer = new Program([], { program: "haproxy", words: ["-db", "-f", file] });
  try {
    await balancer.logged(/changed its IP/);
    const backends = config.match(/^backend /gm)!.length;
    await until(
      async () => {
        const states = [...await haproxyStates(socket)];
        return states.filter(([, { status }]) => !status.startsWith("MAINT"));
      },
      (states) =>
        states.length === ADDRESSES.length * backends && states.every(([, state]) => isUp(state)),
    );
    const tls = more["ssl_certfile"] as string | undefined;
    const options = tls === undefined ? {} : { tls: { ca: await Deno.readTextFile(tls) } };
    const secure = tls === undefined ? "" : "s";
    const texts = Array.from({ length: 60 }, (_, i) => `a red circle ${i}`);
    for (
      const url of [`grpc${secure}://localhost:${grpcOut}`, `http${secure}://localhost:${httpOut}`]
    ) {
      const before = [one, two].map(embedded);
      // TLS that passes through is balanced by connections, of which a client keeps some.
      const clients = Array.from({ length: 6 }, () => new ClipClient(url, options));
      // A call each: of a stream all requests go to one server.
      await Promise.all(texts.map((text, i) => clients[i % clients.length]!.encode([text])));
      await Promise.all(clients.map((client) => client.close()));
      for (const [index, server] of [one, two].entries()) {
        const share = (embedded(server) - before[index]!) / texts.length;
        assert.ok(share > LEAST_SHARE, `${url}: server ${index} got ${share}`);
      }
    }
  } catch (thrown) {
    throw new Error(`HAProxy says: ${balancer.stderr}`, { cause: thrown });
  } finally {
    balancer.kill("SIGTERM");
    await balancer.ended();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the balancer of a Compose file finds all servers by their name, and gives each its share", async () => {
  const ports = await fourPorts();
  const folder = await Deno.makeTempDir({ prefix: "clipline-compose-" });
  const path = join(folder, "flow.yml");
  await Deno.writeTextFile(
    path,
    JSON.stringify({
      jtype: "Flow",
      with: { host: "0.0.0.0", ...gateway(ports) },
      executors: [{
        name: "clip",
        uses: { jtype: "CLIPEncoder", metas: { py_modules: ["clip_torch"] } },
      }],
    }),
  );
  const { plan } = await planFlow(path, { replicas: { least: 2, most: 2 } });
  await Deno.remove(folder, { recursive: true });
  await assertBalances(balancerConfig(plan), ports);
});

Deno.test("server-template of haproxy.cfg finds all servers by their name, and gives each its share", async () => {
  const ports = await fourPorts();
  const text = put(templated("haproxy.cfg"), /^ {2}bind :443 .+\n/m, "");
  await assertBalances(atPorts(text, ports), ports);
});

Deno.test("server-template of passthrough.cfg finds all servers by their name, and gives each its share", async () => {
  const ports = await fourPorts();
  using certificates = new Certificates();
  certificates.selfSigned("clip");
  await assertBalances(atPorts(templated("passthrough.cfg"), ports), ports, {
    ssl_certfile: certificates.path("clip.crt"),
    ssl_keyfile: certificates.path("clip.key"),
  });
});

function atPorts(text: string, { grpc, http }: Ports): string {
  return text.replaceAll("51000", String(grpc)).replaceAll("51001", String(http));
}
