import assert from "node:assert/strict";
import {
  ConnectionLimit,
  connectionsFor,
} from "../../../src/gateway/admission/connection_limit.ts";
import { openFileLimit } from "../../../src/gateway/admission/open_files.ts";
import { Log } from "../../../src/telemetry/log.ts";

Deno.test("connections are bounded together and for each address, and told of once in a while", () => {
  const lines: string[] = [];
  const clock = { now: 0 };
  const log = new Log("test", {
    level: "INFO",
    json: false,
    color: false,
    write: (line) => lines.push(line),
  });
  const limit = new ConnectionLimit({ all: 3, perAddress: 2 }, log, () => clock.now);
  const leave = limit.enter("a")!;
  limit.enter("a");
  assert.equal(limit.enter("a"), undefined);
  assert.match(lines[0]!, /'max_connections_per_address' allows open=2 refused=1/);
  limit.enter("b");
  assert.equal(limit.enter("c"), undefined);
  assert.equal(limit.open, 3);
  leave();
  leave();
  assert.equal(limit.open, 2);
  assert.ok(limit.enter("a"));
  assert.equal(lines.length, 1);
  clock.now += 60_000;
  assert.equal(limit.enter("c"), undefined);
  assert.match(lines[1]!, /'max_connections' allows open=3 refused=2/);
});

Deno.test("connections leave files for what else a process opens", () => {
  assert.equal(connectionsFor(1024), 768);
  assert.equal(connectionsFor(256), 128);
  assert.equal(connectionsFor(64), 16);
  assert.equal(connectionsFor(1_048_576), 786_432);
  assert.equal(connectionsFor(Infinity), Infinity);
});

Deno.test({
  name: "the process's limit on open files is the system's",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const told = /^Max open files\s+(\S+)/m.exec(await Deno.readTextFile("/proc/self/limits"))![1]!;
    assert.equal(openFileLimit(), told === "unlimited" ? Infinity : Number(told));
    assert.equal(connectionsFor(openFileLimit()) > 0, true);
  },
});
