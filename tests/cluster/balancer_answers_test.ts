/** What the configurations of deploy/ say and keep by themselves, whatever the servers do. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { haproxyProcess } from "../../bench/balancing/haproxy_states.ts";
import { ClipClient, ClipClientError } from "../../client/mod.ts";
import { startDemoServer } from "../support/demo_server.ts";
import { ownPorts } from "../support/own_port.ts";
import { Program } from "../support/process.ts";
import { until } from "../support/until.ts";

/** Addresses of this machine in a file of deploy/, which listens at two ports, without TLS. */
interface Placed {
  folder: string;
  /** Where the balancer listens. */
  grpc: number;
  http: number;
  /** Of all of its servers: `HOST:PORT`. */
  server: { grpc: string; http: string };
}

function placed(file: string, { folder, grpc, http, server }: Placed): string {
  return Deno.readTextFileSync(new URL(`../../deploy/${file}`, import.meta.url))
    .replace(/^.*443 ssl.*\n/m, "")
    .replaceAll(/10\.0\.0\.1\d:51000/g, server.grpc)
    .replaceAll(/10\.0\.0\.1\d:51001/g, server.http)
    .replace("connect port 51001", `connect port ${server.http.split(":")[1]}`)
    .replace(/(bind :|listen )51000/, `$1${grpc}`)
    .replace(/(bind :|listen )51001/, `$1${http}`)
    .replace(/^ {2}(user|group) haproxy\n/gm, "")
    .replace("/run/haproxy/admin.sock", join(folder, "admin.sock"))
    .replace(/^user www-data;$/m, Deno.uid() === 0 ? "user root;" : "")
    .replace("/run/nginx.pid", join(folder, "nginx.pid"))
    .replace(/^ {4}ssl_.*\n/gm, "")
    .replace("access_log off;", (line) =>
      ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map((kind) => `${kind}_temp_path ${folder}/${kind};\n`).join("") + line);
}

/** Runs a balancer while something is done with it. */
async function balanced(
  file: string,
  place: Placed,
  act: (program: Program) => Promise<void>,
): Promise<void> {
  const config = join(place.folder, "balancer.conf");
  await Deno.writeTextFile(config, placed(file, place));
  const nginx = ["-p", place.folder, "-c", config, "-e", "stderr", "-g", "daemon off;"];
  const balancer = file.startsWith("haproxy/")
    ? new Program([], { program: "haproxy", words: ["-W", "-db", "-f", config] })
    : new Program([], { program: "nginx", words: nginx });
  try {
    await act(balancer);
  } catch (thrown) {
    throw new Error(`${file}: ${balancer.stderr}`, { cause: thrown });
  } finally {
    balancer.kill("SIGTERM");
    await balancer.ended();
  }
}

for (const file of ["haproxy/haproxy.cfg", "nginx/nginx.conf"]) {
  Deno.test(`${file}: where no server is left, a gRPC client is told UNAVAILABLE, and the log too`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "clipline-answers-" });
    const [grpc, http, nobody] = await ownPorts(3) as [number, number, number];
    const gone = `127.0.0.1:${nobody}`;
    const place = { folder, grpc, http, server: { grpc: gone, http: gone } };
    await balanced(file, place, async (balancer) => {
      await using client = new ClipClient(`grpc://127.0.0.1:${grpc}`, { retry: { retries: 0 } });
      const said = () =>
        client.encode(["a red circle"]).then(() => "", (thrown: unknown) => {
          assert.ok(thrown instanceof ClipClientError);
          return `${thrown.kind} ${thrown.message}`;
        });
      // Before it listens, that is what the client says itself.
      await until(said, (words) => /^unavailable No server (is ready|answers)/.test(words));
      if (file.startsWith("haproxy/")) await balancer.printed(/ 503 .* SC-- .*POST .*\/jina\./);
      else await balancer.logged(/\[error\].*POST .*\/jina\./);
    });
    await Deno.remove(folder, { recursive: true });
  });
}

Deno.test("haproxy.cfg: a reload does not cut a connection that a client has kept", async () => {
  const folder = await Deno.makeTempDir({ prefix: "clipline-answers-" });
  await using server = await startDemoServer();
  const [grpc, http] = await ownPorts(2) as [number, number];
  const place = {
    folder,
    grpc,
    http,
    server: { grpc: server.grpc, http: new URL(server.http).host },
  };
  await balanced("haproxy/haproxy.cfg", place, async (balancer) => {
    const socket = join(folder, "admin.sock");
    const running = () => haproxyProcess(socket).catch(() => undefined);
    const old = await until(running, (pid) => pid !== undefined);
    // Before, the master may pass over a signal, though its worker serves already.
    await balancer.logged(/Loading success/);
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: http });
    assert.match(await asked(connection), /^HTTP\/1.1 200 /);
    balancer.kill("SIGUSR2");
    await until(running, (pid) => pid !== undefined && pid !== old);
    await balancer.logged(/Loading success[^]*Loading success/);
    const answer = await asked(connection);
    assert.match(answer, /^HTTP\/1.1 200 /);
    // By the old process, which waits for nothing else.
    assert.match(answer, /^connection: close/im);
    connection.close();
  });
  await Deno.remove(folder, { recursive: true });
});

/** Asks for /healthz/live; the answer, whole, or what came of it. */
async function asked(connection: Deno.Conn): Promise<string> {
  await connection.write(
    new TextEncoder().encode("GET /healthz/live HTTP/1.1\r\nhost: clip\r\n\r\n"),
  );
  const bytes = new Uint8Array(4096);
  for (let answer = "";;) {
    const count = await connection.read(bytes);
    if (count === null) return answer;
    answer += new TextDecoder().decode(bytes.subarray(0, count));
    const [head, body] = answer.split("\r\n\r\n");
    const length = /^content-length: (\d+)/im.exec(head!);
    if (body !== undefined && length !== null && body.length >= Number(length[1])) return answer;
  }
}
