/** Nothing that starts the server lets anybody know: Deno's own look for updates is off everywhere. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ROOT } from "../docs/demo_program.ts";
import { Program } from "../support/process.ts";

const read = (file: string) => Deno.readTextFileSync(join(ROOT, file));

Deno.test("every task, the image and the unit switch Deno's look for updates off", () => {
  const tasks = Object.entries(JSON.parse(read("deno.json")).tasks as Record<string, string>);
  const running = tasks.filter(([, command]) => /\bdeno run\b/.test(command));
  assert.ok(running.length > 5);
  for (const [name, command] of running) {
    assert.match(command, /^DENO_NO_UPDATE_CHECK=1 deno run /, name);
  }
  assert.match(read("Dockerfile"), /^\s*(ENV )?DENO_NO_UPDATE_CHECK=1\b/m);
  assert.match(read("deploy/clipline.service"), /^Environment=DENO_NO_UPDATE_CHECK=1$/m);
});

Deno.test("a server that starts asks nobody for anything: a proxy hears nothing", async () => {
  const asked: string[] = [];
  const proxy = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of proxy) {
      const head = new Uint8Array(200);
      const count = await connection.read(head) ?? 0;
      asked.push(new TextDecoder().decode(head.subarray(0, count)).split("\r\n")[0]!);
      connection.close();
    }
  })();
  const address = `http://127.0.0.1:${proxy.addr.port}`;
  const cache = await Deno.makeTempDir();
  const flow = read("flows/demo-flow.yml")
    .replace(/port: \[[\d, ]+\]/, "port: [0, 0, 0]")
    .replace("../models/", join(ROOT, "models/"));
  const program = new Program(["-i"], {
    words: ["task", "--config", join(ROOT, "deno.json"), "serve"],
    stdin: flow,
    env: { CLIPLINE_CACHE: cache, HTTPS_PROXY: address, HTTP_PROXY: address },
  });
  try {
    await program.printed(/is ready/);
    program.kill("SIGTERM");
    await program.ended();
  } finally {
    proxy.close();
    await serving;
    await Deno.remove(cache, { recursive: true });
  }
  assert.deepEqual(asked, []);
});
