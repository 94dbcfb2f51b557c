import assert from "node:assert/strict";
import { isJsonFormat, Log, type LogLevel, parseLogLevel } from "../../src/telemetry/log.ts";

function written(json: boolean, level: LogLevel = "DEBUG"): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const log = new Log("test", { level, json, color: false, write: (line) => lines.push(line) });
  return { log, lines };
}

Deno.test("Log writes what is of its level or above, and says so before", () => {
  const { log, lines } = written(true, "WARNING");
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  log.critical("e");
  assert.deepEqual(lines.map((line) => JSON.parse(line).level), ["WARNING", "ERROR", "CRITICAL"]);
  assert.deepEqual([log.enabled("INFO"), log.enabled("WARNING")], [false, true]);
});

Deno.test("a line of text has its fields behind the message, those that are known", () => {
  const { log, lines } = written(false);
  log.child("part").info("Done", { items: 3, none: undefined, list: ["a", "b"], ok: true });
  assert.match(lines[0]!, /^\d{4}-\S+Z INFO {4}part: Done items=3 list=a,b ok=true$/);
});

Deno.test("a client's words forge no line, no field and no colour", () => {
  const { log, lines } = written(false);
  const hostile = 'x" outcome=ok\r\n2026 ERROR forged: \x1b[31mred\x07';
  log.info(`Failed: ${hostile}`, { document: hostile, empty: "" });
  assert.equal(lines.length, 1);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(lines[0]!, /[\r\n\x00-\x1f]/);
  assert.match(lines[0]!, / document="x\\" outcome=ok ⏎ 2026 ERROR forged: .\[31mred." empty=""$/);
});

Deno.test("a line of JSON is one object, whatever is in it", () => {
  const { log, lines } = written(true);
  log.error("Broken\n\x1b[31m", { reason: 'a "b"\n', list: ["a"], none: undefined });
  const { time, ...rest } = JSON.parse(lines[0]!);
  assert.ok(Number.isFinite(Date.parse(time)));
  assert.deepEqual(rest, {
    level: "ERROR",
    name: "test",
    message: "Broken ⏎ \ufffd[31m",
    reason: 'a "b"\n',
    list: ["a"],
  });
});

Deno.test("levels and formats are read as people write them", () => {
  assert.deepEqual(
    ["debug", " WARN ", "fatal", "LOUD", "", undefined].map(parseLogLevel),
    ["DEBUG", "WARNING", "CRITICAL", "INFO", "INFO", "INFO"],
  );
  assert.deepEqual([" JSON", "json", "text", undefined].map(isJsonFormat), [
    true,
    true,
    false,
    false,
  ]);
});
