/**
 * Several hosts: three servers, each in a network namespace, behind HAProxy and nginx as `deploy/`
 * configures them, and the clients that people have. What docs/load-balancing.md says of lost
 * requests is so. Ratios and counts are judged; times only against what the files say, generously.
 */
import assert from "node:assert/strict";
import type { Balancer } from "../../bench/balancing/balancer.ts";
import type { ClipServer } from "../../bench/balancing/clip_server.ts";
import { isUp } from "../../bench/balancing/haproxy_states.ts";
import { Ground } from "../../bench/balancing/ground.ts";
import { installedVersion, isSince } from "../../bench/balancing/installed_version.ts";
import type { Load } from "../../bench/balancing/load.ts";
import {
  evenness,
  hung,
  joined,
  killed,
  type Losses,
  rolled,
  spread,
  under,
} from "../../bench/balancing/scenarios.ts";
import { pythonEnvironment } from "../support/python_environment.ts";
import { until } from "../support/until.ts";

const PYTHON = new URL("../clients/requirements/clip-client-0.8.3.txt", import.meta.url);

/** Of the busiest of three servers over the mean. */
const MOST_UNEVEN = 1.15;
/** Some hundred requests are spread by chance too. */
const ATTEMPTS = 3;
/** Seconds of each kind of client alone. */
const SPREAD_S = 2;
/** A fourth server should have a quarter. */
const LEAST_SHARE = 0.15;
/** Whole connections are dealt, and those of a few clients by no means evenly. */
const LEAST_SHARE_OF_CONNECTIONS = 0.05;
/** What deploy/haproxy/haproxy.cfg says: two checks, of a second each, a second apart. */
const HAPROXY_OUT_MS = 4000;
/**
 * Bytes of a request: tune.bufsize of deploy/haproxy/haproxy.cfg is between them, and nginx keeps
 * the larger one in a file.
 */
const SMALL = 100_000;
const LARGE = 2_000_000;
/** The machine has other work. */
const PATIENCE = 2;
/** nginx is given less than the file's minute. */
const NGINX_READ_S = 5;
/** Of old connections, where balancers see nothing but connections. */
const MAX_AGE_MS = 1000;

Deno.test("The retries that docs/load-balancing.md shows are those of the measurements", async () => {
  const read = (path: string) => Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
  const shown = /^async def encode[^]+?\n\n\n/m.exec(await read("bench/balancing/load.py"))![0];
  assert.ok((await read("docs/load-balancing.md")).includes(shown));
});

const named = ({ client, scheme }: Load) => `${client} over ${scheme}`;

Deno.test("Behind balancers that end TLS", async (t) => {
  const python = await pythonEnvironment(PYTHON);
  await using ground = await Ground.open({ python });
  await using haproxy = await ground.balance("haproxy");
  await using nginx = await ground.balance("nginx", { readTimeoutS: NGINX_READ_S });
  const balancers = [haproxy, nginx];
  await allUp(haproxy);
  for (const balancer of balancers) {
    await t.step(`${balancer.name} spreads requests evenly`, async () => {
      let loads: readonly Load[] = ground.loads;
      let uneven: string[] = [];
      for (let attempt = 0; attempt < ATTEMPTS && loads.length > 0; attempt++) {
        const all = await spread(ground, balancer, loads, SPREAD_S);
        const worse = all.filter(({ taken }) => !(evenness(taken) <= MOST_UNEVEN));
        loads = worse.map(({ load }) => load);
        uneven = worse.map(({ load, taken }) => `${named(load)}: ${taken}`);
      }
      assert.deepEqual(uneven, []);
    });
  }
  await t.step("what fits a buffer is sent again by HAProxy, and any size by nginx", async () => {
    const [server] = ground.servers as [ClipServer];
    const failed = async (balancer: Balancer, bytes: number) =>
      (await ground.post(balancer, bytes)).filter((status) => status !== 200).length;
    // It takes connections and requests, a third of them, and answers none.
    server.signal("SIGSTOP");
    try {
      const [large, small, ...others] = await Promise.all([
        failed(haproxy, LARGE),
        failed(haproxy, SMALL),
        failed(nginx, SMALL),
        failed(nginx, LARGE),
      ]);
      assert.deepEqual(others, [0, 0]);
      assert.ok(large > 0);
      // HAProxy 3 closes the connections of requests that it cuts, and leaves the rest to clients.
      if (!isSince(await installedVersion("haproxy"), [3, 0])) assert.equal(small, 0);
    } finally {
      server.signal("SIGCONT");
    }
    await allUp(haproxy);
  });
  await t.step(
    "a server that is killed under load loses no request that is tried again",
    async () => {
      assertNoneLost(await killed(ground, balancers));
      await allUp(haproxy);
    },
  );
  await t.step("a new certificate is there after a reload, which loses no request", async () => {
    assertNoneLost(
      await under(ground, balancers, async () => {
        const serial = await ground.renew();
        for (const balancer of balancers) {
          balancer.reload();
          await until(() => ground.shown(balancer), (shown) => shown === serial);
        }
      }),
    );
    await allUp(haproxy);
  });
  await t.step("a restart of all servers, one after the other, loses no request", async () => {
    const all = await rolled(ground, balancers);
    assertNoneLost(all);
    // By HAProxy not even for a moment; but for connections that are closed between two messages.
    const tried = all.filter(({ load, balancer, failedOnce }) =>
      failedOnce > 0 && balancer === haproxy &&
      !(load.client === "ClipClient" && load.scheme === "ws")
    );
    assert.deepEqual(tried.map(({ load, reasons }) => [named(load), reasons]), []);
  });
  await t.step("a server that hangs is taken out, and loses no request", async () => {
    const all = await hung(ground, balancers, PATIENCE * HAPROXY_OUT_MS);
    assertNoneLost(all);
    const late = all.filter(({ balancer, troubleMs }) =>
      balancer === haproxy && troubleMs > PATIENCE * HAPROXY_OUT_MS
    );
    assert.deepEqual(late.map(({ load, troubleMs }) => [named(load), troubleMs]), []);
    await allUp(haproxy);
  });
  await t.step("a fourth server that joins takes its share", async () => {
    const loads = ground.loads.filter(({ client }) => client === "clip_client");
    const server = await ground.addServer();
    await server.start();
    for (const balancer of balancers) {
      await assertShares(ground, balancer, loads, LEAST_SHARE);
    }
  });
});

Deno.test("Behind balancers that pass TLS through", async (t) => {
  const python = await pythonEnvironment(PYTHON);
  const gateway = { max_connection_age_ms: MAX_AGE_MS };
  await using ground = await Ground.open({ python, passthrough: true, gateway });
  await using haproxy = await ground.balance("haproxy");
  await using nginx = await ground.balance("nginx");
  await allUp(haproxy);
  const overGrpc = ground.loads.filter(({ scheme }) => scheme === "grpc");
  await t.step("a server that is killed loses no request that is tried again", async () => {
    assertNoneLost(await killed(ground, [haproxy, nginx]));
    await allUp(haproxy);
  });
  await t.step("a fourth server gets long gRPC connections as they grow old", async () => {
    const server = await ground.addServer();
    await server.start();
    for (const balancer of [haproxy, nginx]) {
      await assertShares(ground, balancer, overGrpc, LEAST_SHARE_OF_CONNECTIONS);
    }
  });
});

async function assertShares(
  ground: Ground,
  balancer: Balancer,
  loads: readonly Load[],
  least: number,
): Promise<void> {
  const shares = await joined(ground, balancer, loads, 2 * SPREAD_S);
  const small = shares.filter(({ share }) => !(share >= least));
  assert.deepEqual(small.map(({ load, share }) => [balancer.name, named(load), share]), []);
}

function assertNoneLost(all: readonly Losses[]): void {
  for (const { calls } of all) assert.ok(calls > 0);
  const lost = all.filter(({ failed }) => failed > 0);
  assert.deepEqual(
    lost.map(({ load, balancer, failed, reasons }) => [
      `${failed} of ${named(load)} by ${balancer.name}`,
      reasons,
    ]),
    [],
  );
}

/** HAProxy has seen that all servers are there. */
async function allUp(haproxy: Balancer): Promise<void> {
  await until(
    async () => {
      const states = [...await haproxy.states()].filter(([name]) => /\/clip\d$/.test(name));
      return states.length > 0 && states.every(([, state]) => isUp(state));
    },
    (up) => up,
  );
}
