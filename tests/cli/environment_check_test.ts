import assert from "node:assert/strict";
import { environmentWarnings } from "../../src/cli/environment_check.ts";

Deno.test("environmentWarnings() is silent about what is fine, empty or not there", () => {
  assert.deepEqual(environmentWarnings({}), []);
  const fine = {
    JINA_LOG_LEVEL: "debug",
    LOG_FORMAT: "json",
    SHUTDOWN_GRACE: "0.5",
    CLIPLINE_OFFLINE: "1",
    HF_HUB_OFFLINE: "",
    CLIPLINE_MIRROR: "http://mirror.example/models",
    CUDA_TOTAL_DEVICES: "4",
  };
  assert.deepEqual(environmentWarnings(fine), []);
  for (const devices of ["", "0", "0,1", "RR", "RR0:2", "RR1,3", "GPU-1a2b", "MIG-0000"]) {
    assert.deepEqual(environmentWarnings({ CUDA_VISIBLE_DEVICES: devices }), [], devices);
  }
});

Deno.test("environmentWarnings() tells of each value that would be passed over", () => {
  assert.deepEqual(environmentWarnings({ JINA_LOG_LEVEL: "LOUD", SHUTDOWN_GRACE: "30s" }), [
    "JINA_LOG_LEVEL='LOUD' is passed over; expected DEBUG, INFO, SUCCESS, WARNING, ERROR or CRITICAL",
    "SHUTDOWN_GRACE='30s' is passed over; expected seconds, from 0 to 3600",
  ]);
  assert.equal(environmentWarnings({ SHUTDOWN_DELAY: "5000" }).length, 1, "milliseconds");
  for (const [name, value] of [["LOG_FORMAT", "xml"], ["CLIPLINE_MIRROR", "mirror.example"]]) {
    assert.equal(environmentWarnings({ [`${name}`]: value }).length, 1, `${name}`);
  }
});

Deno.test("environmentWarnings() tells of names of ours that there are not", () => {
  assert.deepEqual(environmentWarnings({ CLIPLINE_OFLINE: "1", CLIPLINE_X: "", OFFLINE: "1" }), [
    "There is no variable CLIPLINE_OFLINE; did you mean CLIPLINE_OFFLINE?",
    "There is no variable CLIPLINE_X",
  ]);
});

Deno.test("environmentWarnings() shows no password", () => {
  const [warning, more] = environmentWarnings({ HTTPS_PROXY: "me:secret@proxy.example:3128" });
  assert.equal(
    warning,
    "HTTPS_PROXY='…@proxy.example:3128' is passed over; expected a URL with http:, https: or socks5:",
  );
  assert.equal(more, undefined);
  assert.deepEqual(environmentWarnings({ http_proxy: "http://me:secret@proxy.example" }), []);
});

Deno.test("environmentWarnings() tells of GPUs that cannot be meant, also without a GPU", () => {
  const said = (value: string) => environmentWarnings({ CUDA_VISIBLE_DEVICES: value })[0];
  assert.match(said("abc")!, /^CUDA_VISIBLE_DEVICES='abc' cannot be read: 'abc' is neither/);
  assert.match(said("RRx")!, /'x' is neither a number nor a UUID/);
  assert.equal(
    said("RR5:2"),
    "CUDA_VISIBLE_DEVICES='RR5:2' chooses no GPU, however many there are",
  );
  assert.equal(said("-1"), "CUDA_VISIBLE_DEVICES='-1' hides every GPU");
});
