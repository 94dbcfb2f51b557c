import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { AUDIT, lockedVersions } from "../../tools/audit.ts";

const PROGRAM = fileURLToPath(new URL("../../tools/audit.ts", import.meta.url));
const LOCK = JSON.stringify({
  version: "5",
  npm: {
    "good@1.0.0": {},
    "@scope/bad@1.0.0_good@1.0.0": {},
    "@scope/bad@2.0.0": {},
    "@scope/bad@1.0.0": {},
  },
});

/** Runs the program against a registry that answers so. */
async function audit(
  answer: (asked: Record<string, string[]>) => Response,
  lock = LOCK,
): Promise<{ code: number; said: string; paths: string[] }> {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, lock);
  const paths: string[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      paths.push(`${request.method} ${new URL(request.url).pathname}`);
      return answer(await request.json());
    },
  );
  try {
    return { ...await run(file, `http://127.0.0.1:${server.addr.port}/npm`), paths };
  } finally {
    await Deno.remove(file);
  }
}

async function run(lock: string, registry: string): Promise<{ code: number; said: string }> {
  const flags = ["--allow-net", "--allow-read", "--allow-env=NPM_CONFIG_REGISTRY", "--no-prompt"];
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", ...flags, PROGRAM, lock],
    env: { NPM_CONFIG_REGISTRY: registry },
  });
  const { code, stdout } = await command.output();
  return { code, said: new TextDecoder().decode(stdout) };
}

Deno.test("the audit tells which versions are affected, and by what", async () => {
  const { code, said, paths } = await audit((asked) =>
    Response.json(
      asked["@scope/bad"]?.includes("2.0.0")
        ? {
          "@scope/bad": [{
            title: "Anybody may do anything",
            severity: "critical",
            vulnerable_versions: ">=2.0.0 <2.0.1",
            url: "https://example.org/1",
          }],
        }
        : {},
    )
  );
  assert.equal(code, AUDIT.affected, said);
  assert.match(
    said,
    /@scope\/bad@2\.0\.0: critical: Anybody may do anything \(>=2\.0\.0 <2\.0\.1\)/,
  );
  assert.doesNotMatch(said, /@1\.0\.0/);
  assert.match(said, /3 packages checked, 1 affected/);
  assert.deepEqual(new Set(paths), new Set(["POST /npm/-/npm/v1/security/advisories/bulk"]));
});

Deno.test("the audit is clean when nothing is published", async () => {
  const { code, said } = await audit(() => Response.json({}));
  assert.equal(code, AUDIT.clean, said);
  assert.match(said, /3 packages checked, 0 affected/);
});

Deno.test("an audit that could not be made says so, and is not a clean one", async () => {
  for (
    const answer of [
      () => new Response("no", { status: 405 }),
      () => new Response("<html>"),
      () => Response.json([]),
      () => Response.json({ good: "yes" }),
    ]
  ) {
    const { code, said } = await audit(answer);
    assert.equal(code, AUDIT.unknown, said);
    assert.match(said, /^Not checked: the registry could not be asked about 3 packages: /);
  }
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, LOCK);
  const { code } = await run(file, "http://127.0.0.1:1/");
  await Deno.remove(file);
  assert.equal(code, AUDIT.unknown);
});

Deno.test("lockedVersions() reads the lock file that is here", async () => {
  const locked = lockedVersions(
    await Deno.readTextFile(new URL("../../deno.lock", import.meta.url)),
  );
  assert.deepEqual(locked.get("ws"), ["8.23.0"]);
  assert.ok(locked.get("@grpc/grpc-js"));
  assert.throws(() => lockedVersions('{"version":"9"}'), /version 9/);
});
