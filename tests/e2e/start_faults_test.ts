/** What keeps a server from starting is told in one line, with what to do. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Program } from "../support/process.ts";

const DEMO = fileURLToPath(new URL("../../models/demo", import.meta.url));

/** A flow of the demo model. */
function flow(gateway: Record<string, unknown> = {}, modelPath = DEMO): string {
  return JSON.stringify({
    jtype: "Flow",
    with: { host: "127.0.0.1", port: 0, protocol: "http", ...gateway },
    executors: [{
      name: "clip",
      uses: {
        jtype: "CLIPEncoder",
        with: { model_path: modelPath, device: "cpu" },
        metas: { py_modules: ["clip_server.executors.clip_torch"] },
      },
    }],
  });
}

/** What the program said in the end, the log apart; it must have failed with `code`. */
async function fault(
  text: string,
  code: number,
  cache: string,
  env: Record<string, string> = {},
): Promise<string> {
  const program = new Program(["-i"], {
    stdin: text,
    env: { CLIPLINE_CACHE: cache, CLIPLINE_OFFLINE: "1", ...env },
  });
  assert.equal(await program.ended(), code, program.stderr);
  const lines = program.stderr.trimEnd().split("\n");
  const own = lines.filter((line) => !/^\d{4}-\d\d-\d\dT/.test(line));
  assert.equal(own.length, 1, program.stderr);
  return own[0]!;
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "clipline-faults-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a cache folder that cannot be made: its path, and the variable that moves it", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "file"), "");
    assert.match(
      await fault(flow(), 1, join(folder, "file", "cache")),
      /^Cannot write to the cache folder ".*\/file\/cache\/graphs": a part of the path is no folder\. Set CLIPLINE_CACHE/,
    );
  }));

Deno.test("a folder for temporary files that is not there: its path, and the variable that moves it", () =>
  inFolder(async (folder) => {
    assert.match(
      await fault(flow(), 1, join(folder, "cache"), { TMPDIR: join(folder, "gone") }),
      /^Cannot write to the folder for temporary files ".*\/gone": it is not there\. Set TMPDIR/,
    );
  }));

Deno.test({
  name: "files that may not be read or written are told as such",
  // Root may do everything.
  ignore: Deno.uid() === 0 || Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const model = join(folder, "secret.pt");
      await Deno.writeTextFile(model, "");
      await Deno.chmod(model, 0);
      assert.match(
        await fault(flow({}, model), 1, join(folder, "cache")),
        /^Cannot read the model's file '.*secret\.pt': permission denied/,
      );
      const cache = join(folder, "locked");
      await Deno.mkdir(cache, { mode: 0o500 });
      assert.match(await fault(flow(), 1, cache), /locked\/graphs": permission denied\. Set/);
    }),
});

Deno.test("a host that cannot be resolved or bound, and broken TLS files: where they stand in the flow", () =>
  inFolder(async (folder) => {
    const cache = join(folder, "cache");
    const pem = join(folder, "cert.pem");
    await Deno.writeTextFile(pem, "nothing");
    const cases: [Record<string, unknown>, code: number, RegExp][] = [
      [
        { host: "no.such.host.invalid" },
        1,
        /^<stdin>:1:\d+: with\.host: Cannot listen on no\.such\.host\.invalid: the name cannot be/,
      ],
      [
        { host: "203.0.113.7" },
        1,
        /^<stdin>:1:\d+: with\.host: Cannot listen on 203\.0\.113\.7: it is no address of this/,
      ],
      [
        { ssl_certfile: pem, ssl_keyfile: pem },
        2,
        /^<stdin>:1:\d+: with\.ssl_certfile: 'ssl_certfile' .*cert\.pem holds no PEM certificate/,
      ],
    ];
    for (const [gateway, code, message] of cases) {
      assert.match(await fault(flow(gateway), code, cache), message);
    }
  }));

for (const host of ["::", "[::]"]) {
  Deno.test(`host ${host}: every address of this machine, of both kinds`, () =>
    inFolder(async (folder) => {
      const program = new Program(["-i"], {
        stdin: flow({ host }),
        env: { CLIPLINE_CACHE: join(folder, "cache") },
      });
      const [, port] = await program.printed(/http:\/\/127\.0\.0\.1:(\d+)/);
      const answer = await fetch(`http://127.0.0.1:${port}/`);
      assert.equal(answer.status, 200);
      await answer.body?.cancel();
      program.kill("SIGTERM");
      assert.equal(await program.ended(), 0);
    }));
}
