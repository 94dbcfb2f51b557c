/**
 * The Python clients that people have, unmodified, of three generations: over every protocol they
 * get the same vectors, which are the ones that a plain HTTP request gets.
 */
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { output } from "../../bench/peers/environment.ts";
import { banner, localUrl } from "../../src/server/banner.ts";
import { Certificates } from "../support/certificates.ts";
import { pythonEnvironment, QUIET_CLIP_CLIENT } from "../support/python_environment.ts";
import { startTestServer } from "../support/server.ts";

const PROGRAM = fileURLToPath(new URL("use_clip_client.py", import.meta.url));
const IMAGE = fileURLToPath(new URL("../fixtures/demo/images/000.png", import.meta.url));
/** Its clients ask their makers for news else. */
const TEXTS = ["a red circle", "a blue star", "two green squares"];

/** What use_clip_client.py prints. */
interface Seen {
  versions: string[];
  shape: number[];
  dtype: string;
  vectors: number[][];
  pieces: number;
  ids: string[];
  documents: number;
  pictures: number;
  profile: string[];
  ranked?: [string, number][];
  async: number;
  error: string;
}

for (const version of ["0.1.15", "0.5.1", "0.8.3"]) {
  Deno.test(`clip_client ${version} is served over gRPC, HTTP and WebSocket`, async (t) => {
    await serve(t, version, []);
  });
}

// Clients up to 0.3.5 cannot use TLS.
for (const version of ["0.5.1", "0.8.3"]) {
  Deno.test(`clip_client ${version} is served with TLS on every protocol`, async (t) => {
    using certificates = new Certificates();
    certificates.selfSigned("one");
    const certificate = certificates.path("one.crt");
    const gateway = [
      `ssl_certfile: ${certificate}`,
      `ssl_keyfile: ${certificates.path("one.key")}`,
    ];
    await serve(t, version, gateway, {
      GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: certificate,
      SSL_CERT_FILE: certificate,
    });
  });
}

async function serve(
  t: Deno.TestContext,
  version: string,
  gateway: string[],
  env: Record<string, string> = {},
): Promise<void> {
  const list = new URL(`requirements/clip-client-${version}.txt`, import.meta.url);
  const python = await pythonEnvironment(list);
  const { server } = await startTestServer({
    protocol: "[grpc, http, websocket]",
    port: "[0, 0, 0]",
    gateway,
  });
  try {
    const expected = await expectedVectors();
    for (const url of server.addresses.map(localUrl)) {
      await t.step(url.split(":")[0]!, async () => {
        const printed = await output(python, [PROGRAM, url, IMAGE], {
          ...QUIET_CLIP_CLIENT,
          ...env,
        });
        check(JSON.parse(printed.trim().split("\n").at(-1)!), version, url, expected);
      });
    }
  } finally {
    await server.stop(1000);
  }
}

function check(seen: Seen, version: string, url: string, expected: number[][]): void {
  assert.equal(seen.versions[0], version);
  assert.deepEqual(seen.shape, [4, expected[0]!.length]);
  // Out of JSON this client makes doubles, whoever wrote it.
  assert.equal(seen.dtype, url.startsWith("http") ? "float64" : "float32");
  assert.ok(distance(seen.vectors, expected) < 1e-6, `${distance(seen.vectors, expected)}`);
  assert.ok(seen.pieces < 1e-5, `${seen.pieces}`);
  assert.ok(seen.documents < 1e-5, `${seen.documents}`);
  assert.deepEqual(seen.ids, ["d0", "d1", "d2"]);
  assert.ok(seen.pictures < 1e-5, `${seen.pictures}`);
  assert.ok(seen.async < 1e-5, `${seen.async}`);
  assert.ok(seen.profile.length > 0);
  if (seen.ranked) {
    assert.deepEqual(seen.ranked.map(([text]) => text).sort(), [...TEXTS].sort());
    const sum = seen.ranked.reduce((sum, [, score]) => sum + score, 0);
    assert.ok(Math.abs(sum - 1) < 1e-5, `${sum}`);
  }
  assert.match(seen.error, /Error|BadServer/);
}

/** The vectors of the texts and of the picture, asked for in one plain request. */
async function expectedVectors(): Promise<number[][]> {
  const { server, url } = await startTestServer();
  try {
    const blob = (await Deno.readFile(IMAGE)).toBase64();
    const response = await fetch(`${url}/encode`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ data: [...TEXTS.map((text) => ({ text })), { blob }] }),
    });
    const { data } = await response.json();
    return data.map(({ embedding }: { embedding: number[] }) => embedding);
  } finally {
    await server.stop(1000);
  }
}

/** The largest difference of two lists of vectors. */
function distance(a: number[][], b: number[][]): number {
  return Math.max(...a.flatMap((row, i) => row.map((value, j) => Math.abs(value - b[i]![j]!))));
}

for (const protocol of ["grpc", "websocket"]) {
  Deno.test(`the line that the banner prints for ${protocol} works as it stands`, async () => {
    const list = new URL("requirements/clip-client-0.8.3.txt", import.meta.url);
    const python = await pythonEnvironment(list);
    const { server } = await startTestServer({ protocol });
    try {
      const line = banner(server, { color: false }).trim().split("\n").at(-1)!;
      const path = `${dirname(python)}:${Deno.env.get("PATH")}`;
      const printed = await output("bash", ["-c", line], { ...QUIET_CLIP_CLIENT, PATH: path });
      assert.match(printed, /^\s*\[\[\s*-?\d/m, "an array of one row");
    } finally {
      await server.stop(1000);
    }
  });
}
