import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { ApiKeys } from "../../../src/gateway/keys/api_keys.ts";
import { readKeyFile } from "../../../src/gateway/keys/key_file.ts";
import { findDigest } from "../../../src/gateway/keys/credentials.ts";
import type { ApiKeyConfig, ApiKeyFile } from "../../../src/flow/api_keys.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { LogLines } from "../../support/log_lines.ts";

const ONE = "one-0123456789abcdef";
const TWO = "two-0123456789abcdef";

function open(config: (ApiKeyConfig | ApiKeyFile)[], lines = new LogLines("INFO")) {
  const clock = new FakeClock();
  const keys = new ApiKeys(config, { maxQueue: 100, log: lines.log, clock });
  const who = (headers: Record<string, string>) => keys.holder((name) => headers[name]).name;
  return {
    keys,
    clock,
    lines,
    who,
    [Symbol.dispose]: () => keys.close(),
  };
}

/** A folder with a file of keys. */
function withFile(work: (file: string, write: (text: string) => void) => void): void {
  const folder = Deno.makeTempDirSync({ prefix: "clipline-keys-" });
  try {
    const file = join(folder, "keys");
    let version = 0;
    work(file, (text) => {
      // As another file of the name, as Kubernetes and careful people do it.
      Deno.writeTextFileSync(`${file}.new`, text);
      Deno.utimeSync(`${file}.new`, ++version, version);
      Deno.renameSync(`${file}.new`, file);
    });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("a key is taken from each of the headers, whatever stands in the others", () => {
  using it = open([{ key: ONE, name: "one" }, { key: TWO }]);
  assert.equal(it.who({ authorization: `Bearer ${ONE}` }), "one");
  assert.equal(it.who({ authorization: `bearer  ${TWO} ` }), "key-2");
  assert.equal(it.who({ "x-api-key": ONE }), "one");
  assert.equal(it.who({ "api-key": ONE }), "one");
  assert.equal(it.who({ authorization: "Bearer sk-dummy", "api-key": TWO }), "key-2");
  assert.equal(it.who({ authorization: "Basic dXNlcjpwYXNz", "x-api-key": ONE }), "one");
});

Deno.test("a missing, wrong, cut or longer key is refused without a word of it", () => {
  using it = open([{ key: ONE }]);
  assert.throws(() => it.who({}), { kind: "unauthenticated", message: /There is no API key/ });
  for (
    const headers of [
      { authorization: `Bearer ${TWO}` },
      { authorization: ONE },
      { authorization: `Basic ${ONE}` },
      { authorization: `Bearer ${ONE} ${TWO}` },
      { "x-api-key": ONE.slice(1) },
      { "x-api-key": `${ONE}x` },
      { "x-api-key": `${ONE}, ${ONE}` },
      { "api-key": ONE.toUpperCase() },
      { "api-key": "" },
    ] as Record<string, string>[]
  ) {
    assert.throws(() => it.who(headers), (thrown: Error & { kind: string }) => {
      assert.equal(thrown.kind, "unauthenticated");
      for (const text of Object.values(headers)) {
        if (text !== "") assert.ok(!thrown.message.includes(text));
      }
      return true;
    }, JSON.stringify(headers));
  }
  assert.deepEqual(it.lines.texts, []);
});

Deno.test("every key is compared, also behind the one that fits", () => {
  const looked: number[] = [];
  const digest = new Uint8Array(32).fill(7);
  const entries = [7, 1, 2].map((fill, index) => ({
    get digest() {
      looked.push(index);
      return new Uint8Array(32).fill(fill);
    },
  }));
  assert.equal(findDigest(entries, digest), entries[0]);
  assert.deepEqual(looked, [0, 1, 2]);
  assert.equal(findDigest(entries, new Uint8Array(32)), undefined);
});

Deno.test("a WebSocket may carry its key among the subprotocols", () => {
  using it = open([{ key: ONE, name: "one" }]);
  const name = `clipline.key.${Buffer.from(ONE).toString("base64url")}`;
  assert.equal(it.keys.socketHolder(() => undefined, ["bytes", name])?.name, "one");
  assert.equal(it.keys.socketHolder(() => undefined, ["bytes", `${name}x`]), undefined);
  assert.equal(
    it.keys.socketHolder((name) => name === "api-key" ? ONE : undefined, [])?.name,
    "one",
  );
});

Deno.test("a file of keys has names, limits, comments and empty lines", () => {
  withFile((file, write) => {
    write(`# those who may\n\n${ONE}\r\nsearch: ${TWO} rate=10 burst=2.5 share=.5\n  # end`);
    assert.deepEqual(readKeyFile(file), [
      { key: ONE },
      { name: "search", key: TWO, rate: 10, burst: 2.5, share: 0.5 },
    ]);
  });
});

Deno.test("a file that cannot be used is an error of the start that shows no key", () => {
  withFile((file, write) => {
    const fails = (message: RegExp, config: (ApiKeyConfig | ApiKeyFile)[] = [{ file }]) =>
      assert.throws(() => open(config), (thrown: Error & { kind: string; key: string }) => {
        assert.deepEqual([thrown.kind, thrown.key], ["config", "api_keys"]);
        assert.match(thrown.message, message);
        assert.ok(!thrown.message.includes(ONE.slice(0, 8)), thrown.message);
        return true;
      });
    fails(/keys cannot be read: it is not there/);
    write("# nobody\n");
    fails(/keys holds no key; expected one a line/);
    write(`${ONE}\nsearch:\n`);
    fails(/keys:2: there is no key behind the name/);
    write(`${ONE} twice\n`);
    fails(/keys:1: what stands behind the key is not understood; expected rate=NUMBER/);
    write(`${ONE} rate=0\n`);
    fails(/keys:1: the rate does not fit; expected documents a second, above 0/);
    write(`${ONE} share=2\n`);
    fails(/keys:1: the share does not fit/);
    write(`${ONE} burst=2\n`);
    fails(/keys:1: 'burst' means nothing by itself/);
    write(`na/me: ${ONE}\n`);
    fails(/keys:1: the name does not fit; expected letters, digits/);
    write(`${ONE},${TWO}\n`);
    fails(/keys:1: the key does not fit; expected visible characters without commas/);
    write(`${ONE}\n${ONE}\n`);
    fails(/the key 'key-2' is there twice/);
    write(`a: ${ONE}\na: ${TWO}\n`);
    fails(/'a' is the name of two keys/);
    write(ONE);
    fails(/is there twice/, [{ key: ONE }, { file }]);
    write(`#${"x".repeat(2 ** 20)}`);
    fails(/has 1048577 bytes; expected at most 1048576/);
    write(Array.from({ length: 1001 }, (_, i) => `${ONE}${i}`).join("\n"));
    fails(/more than 1000 keys/);
    if (Deno.build.os !== "windows") {
      write(ONE);
      Deno.chmodSync(file, 0o646);
      fails(/may be written by everybody/);
    }
    fails(/cannot be read: it is a folder/, [{ file: join(file, "..") }]);
  });
});

Deno.test("a changed file is taken up, and a wrong one is not", () => {
  withFile((file, write) => {
    write(`one: ${ONE} rate=1\n`);
    using it = open([{ file }]);
    const take = () => it.keys.holder((name) => name === "api-key" ? ONE : undefined).allowance!;
    take().take(1);
    write(`one: ${ONE} rate=1\ntwo: ${TWO}\n`);
    it.keys.check();
    assert.equal(it.who({ "api-key": TWO }), "two");
    assert.throws(() => take().take(1), { kind: "rate_limited" }, "what was used up stays so");
    write("nonsense here\n");
    it.keys.check();
    assert.equal(it.who({ "api-key": ONE }), "one");
    write(`two: ${TWO}\n`);
    it.keys.check();
    assert.throws(() => it.who({ "api-key": ONE }), { kind: "unauthenticated" });
    assert.equal(it.who({ "api-key": TWO }), "two");
    assert.deepEqual(it.lines.of().map(({ level, message }) => `${level} ${message}`), [
      "INFO The changed API keys are in use",
      "WARNING The changed API keys cannot be used: the old ones stay",
      "INFO The changed API keys are in use",
    ]);
    const count = it.lines.texts.length;
    it.keys.check();
    assert.equal(it.lines.texts.length, count, "a file that has not changed is not read again");
  });
});

Deno.test("short keys of a file are told once", () => {
  withFile((file, write) => {
    write("a: short\nb: shorter\n");
    using it = open([{ file }]);
    const [line, more] = it.lines.of();
    assert.match(line!.message, /^The key 'a' of .* has fewer than 16 characters/);
    assert.equal(more, undefined);
    assert.ok(!it.lines.texts.join().includes("short "));
  });
});
