/**
 * Replays what curl sent to the original server, byte for byte, and compares the answers with those
 * that were recorded: status, headers, the form of each value, and the values that do not depend on
 * the model.
 */
import assert from "node:assert/strict";
import { Certificates } from "../../support/certificates.ts";
import { startTestServer } from "../../support/server.ts";

const FIXTURES = new URL("../../fixtures/wire/http-head/", import.meta.url);

/** Where this server differs on purpose, by the recording's name. */
const DIFFERENCES: Record<string, { why: string; adapt: (recorded: Recorded) => void }> = {
  "06-post-text-listdata": {
    why: "The original turns whole numbers in tags into booleans",
    adapt: ({ body }) => documents(body)[1]!["tags"] = { a: 1 },
  },
  "17-post-bad-json": {
    why: "The body is not repeated in `ctx`: it may be large",
    adapt: ({ body }) => {
      const [first] = (body as { detail: Record<string, unknown>[] }).detail;
      delete first!["ctx"];
    },
  },
  "13-post-bad-base64": {
    why:
      "The original reads nothing out of it and embeds nothing, without a word; here there is a " +
      "reason",
    adapt: (recorded) => delete recorded.body,
  },
  "21-404": {
    why: "/encode is served here",
    adapt: (recorded) => {
      recorded.status = 200;
      delete recorded.body;
    },
  },
  "24-rank-path": {
    why: "/rank is served here; a document without matches fails in the answer",
    adapt: (recorded) => {
      recorded.status = 200;
      delete recorded.body;
    },
  },
  "33-target-other": {
    why: "The original skips every executor that `targetExecutor` does not name, and sends the " +
      "documents back as they came, without a word; here it is an error",
    adapt: (recorded) => {
      recorded.status = 404;
      delete recorded.body;
    },
  },
};

const ANY_TEXT = "(any text)";
/** Stands for a list of numbers, as the recordings have it: `[0.1, 0.2, ... 512 numbers]`. */
const EMBEDDING = "(an embedding)";
/** The fixture model's. */
const EMBEDDING_SIZE = 64;

interface Recorded {
  name: string;
  method: string;
  path: string;
  headers: [string, string][];
  sent: string;
  status: number;
  allow: string | undefined;
  type: string | undefined;
  body?: unknown;
}

type Doc = Record<string, unknown>;

function documents(body: unknown): Doc[] {
  return (body as { data: Doc[] }).data;
}

/** Reads a recording: a curl command, then the answer with its headers. */
function readRecording(name: string, text: string): Recorded {
  const lines = text.split("\n");
  const command = lines[0]!;
  const blank = lines.indexOf("", 1);
  const headers = new Map(
    lines.slice(2, blank).map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );
  const [before = "", sent = ""] = command.split(/ -d (.*)/s);
  const body = lines.slice(blank + 1).join("\n").trim();
  return {
    name,
    method: / -I /.test(before)
      ? "HEAD"
      : / -X (\w+) /.exec(before)?.[1] ?? (sent === "" ? "GET" : "POST"),
    path: /URL(\/\S*)/.exec(before)![1]!,
    headers: before.split(" -H ").slice(1).map((header) => {
      const colon = header.indexOf(":");
      return [header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim()];
    }),
    sent,
    status: Number(lines[1]!.split(" ")[1]),
    allow: headers.get("allow"),
    type: headers.get("content-type"),
    body: body === "" ? undefined : JSON.parse(
      body.replace(/\[[-\d.e,]+, \.\.\. \d+ numbers\]/g, JSON.stringify(EMBEDDING)),
    ),
  };
}

/** Sends a request through a bare socket: no library adds or takes away a header. */
async function send(
  url: string,
  recorded: Recorded,
  caCerts?: string[],
): Promise<Omit<Recorded, "sent" | "headers">> {
  const { hostname, port, host } = new URL(url);
  const address = { hostname, port: Number(port) };
  const connection = caCerts
    ? await Deno.connectTls({ ...address, caCerts })
    : await Deno.connect(address);
  // The executor that it means has another name here.
  const body = new TextEncoder().encode(recorded.sent.replace("clip_t", "clip_o"));
  const head = [
    `${recorded.method} ${recorded.path} HTTP/1.1`,
    `host: ${host}`,
    "connection: close",
    // curl leaves a header out if it is given without a value.
    ...recorded.headers.filter(([, value]) => value !== "").map(([name, value]) =>
      `${name}: ${value}`
    ),
    ...(body.length > 0 ? [`content-length: ${body.length}`] : []),
  ];
  const writer = connection.writable.getWriter();
  await writer.write(new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n`));
  if (body.length > 0) await writer.write(body);
  const bytes = await new Response(connection.readable).bytes();
  const text = new TextDecoder().decode(bytes);
  const end = text.indexOf("\r\n\r\n");
  const lines = text.slice(0, end).split("\r\n");
  const headers = new Headers(
    lines.slice(1).map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );
  const answer = text.slice(end + 4);
  const length = headers.get("content-length");
  assert.ok(length !== null, `${recorded.name}: without Content-Length, clients wait for the end`);
  if (recorded.method !== "HEAD") assert.equal(Number(length), bytes.length - end - 4);
  return {
    name: recorded.name,
    method: recorded.method,
    path: recorded.path,
    status: Number(lines[0]!.split(" ")[1]),
    allow: headers.get("allow") ?? undefined,
    type: headers.get("content-type") ?? undefined,
    body: answer === "" ? undefined : JSON.parse(answer),
  };
}

/** Asserts that a value has the recorded form; order of keys included, at the envelope's top. */
function assertLike(given: unknown, recorded: unknown, at: string): void {
  const key = /(\w+)$/.exec(at)?.[1];
  if (recorded === EMBEDDING) {
    const numbers = given as number[];
    assert.equal(numbers.length, EMBEDDING_SIZE, at);
    assert.ok(numbers.every((value) => typeof value === "number"), at);
  } else if (recorded === ANY_TEXT) {
    assert.equal(typeof given, "string", at);
    assert.notEqual(given, "", at);
  } else if (key === "requestId" || (key === "id" && isMadeUp(recorded))) {
    assert.match(given as string, /^[0-9a-f]{32}$/, at);
  } else if (key === "executor") {
    assert.equal(given, recorded === "clip_t" ? "clip_o" : recorded, at);
  } else if (/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}\+00:00$/.test(String(recorded))) {
    assert.match(given as string, /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}\+00:00$/, at);
  } else if (/scores\.\w+\.value$/.test(at)) {
    assert.equal(typeof given, "number", at);
  } else if (Array.isArray(recorded)) {
    assert.ok(Array.isArray(given), `${at} is no list`);
    assert.equal(given.length, recorded.length, at);
    recorded.forEach((item, i) => assertLike(given[i], item, `${at}[${i}]`));
  } else if (typeof recorded === "object" && recorded !== null) {
    assert.ok(typeof given === "object" && given !== null, `${at} is no object`);
    assert.deepEqual(Object.keys(given).sort(), Object.keys(recorded).sort(), at);
    for (const [name, value] of Object.entries(recorded)) {
      assertLike((given as Doc)[name], value, `${at}.${name}`);
    }
  } else {
    assert.equal(given, recorded, at);
  }
}

function isMadeUp(id: unknown): boolean {
  return /^[0-9a-f]{32}$/.test(String(id));
}

/** The order of matches depends on the model: both sides sorted by id. */
function sortMatches(body: unknown): void {
  if (typeof body !== "object" || body === null || !("data" in body)) return;
  for (const document of documents(body)) {
    (document["matches"] as Doc[] | null)?.sort((a, b) =>
      String(a["id"]) < String(b["id"]) ? -1 : 1
    );
  }
}

async function replayAll(t: Deno.TestContext, url: string, caCerts?: string[]): Promise<void> {
  const names = [...Deno.readDirSync(FIXTURES)].map(({ name }) => name).sort();
  assert.equal(names.length, 28);
  for (const file of names) {
    const name = file.replace(/\.txt$/, "");
    await t.step(name, async () => {
      const recorded = readRecording(name, await Deno.readTextFile(new URL(file, FIXTURES)));
      const given = await send(url, recorded, caCerts);
      DIFFERENCES[name]?.adapt(recorded);
      assert.equal(given.status, recorded.status);
      assert.equal(given.type, recorded.type);
      assert.equal(given.allow, recorded.allow);
      sortMatches(recorded.body);
      sortMatches(given.body);
      if ("body" in recorded) assertLike(given.body, recorded.body, "body");
    });
  }
}

Deno.test("the HTTP gateway answers curl as the original did", async (t) => {
  const { server, url } = await startTestServer();
  await replayAll(t, url);
  await server.stop(5000);
});

// Another server inside: certificates that change, and WebSockets beside HTTP, need node:http.
Deno.test("the HTTPS gateway answers curl as the original did", async (t) => {
  using certificates = new Certificates();
  certificates.selfSigned("one");
  const { server, url } = await startTestServer({
    gateway: [
      `ssl_certfile: ${certificates.path("one.crt")}`,
      `ssl_keyfile: ${certificates.path("one.key")}`,
    ],
  });
  await replayAll(t, url, [await Deno.readTextFile(certificates.path("one.crt"))]);
  await server.stop(5000);
});

Deno.test("answers have their keys in the original's order", async () => {
  const { server, url } = await startTestServer();
  const recording = await Deno.readTextFile(new URL("11-post-rank.txt", FIXTURES));
  const recorded = readRecording("11-post-rank", recording);
  const given = await send(url, recorded);
  const body = given.body as Record<string, Doc>;
  const original = recorded.body as Record<string, Doc>;
  assert.deepEqual(Object.keys(body), Object.keys(original));
  assert.deepEqual(Object.keys(body["header"]!), Object.keys(original["header"]!));
  assert.deepEqual(Object.keys(documents(body)[0]!), Object.keys(documents(original)[0]!));
  await server.stop(5000);
});
