import assert from "node:assert/strict";
import { ClipError } from "../../src/errors.ts";
import { namesMigSlices, visibleDevices } from "../../src/runtime/visible_devices.ts";

const UUIDS = [
  "GPU-0aaaaaaa-74d2-7297-d557-12771b6a79d5",
  "GPU-0bbbbbbb-74d2-7297-d557-12771b6a79d5",
  "GPU-0ccccccc-74d2-7297-d557-12771b6a79d5",
  "GPU-0ddddddd-74d2-7297-d557-12771b6a79d5",
];
const FOUR = UUIDS.map((uuid) => ({ uuid }));

/** The device that each of five replicas takes: the first that it sees. */
function taken(value: string | undefined, devices: readonly { uuid?: string }[] = FOUR) {
  return visibleDevices(value, devices, 5).map((numbers) => numbers[0]);
}

Deno.test("visibleDevices() deals as Jina documents it", () => {
  const table: [value: string | undefined, devices: number[]][] = [
    [undefined, [0, 0, 0, 0, 0]],
    ["2", [2, 2, 2, 2, 2]],
    ["0,1", [0, 0, 0, 0, 0]],
    ["3, 1", [3, 3, 3, 3, 3]],
    ["RR", [0, 1, 2, 3, 0]],
    ["rr", [0, 1, 2, 3, 0]],
    ["RR0:2", [0, 1, 0, 1, 0]],
    ["RR[0:2]", [0, 1, 0, 1, 0]],
    ["RR1,3", [1, 3, 1, 3, 1]],
    ["RR2", [2, 2, 2, 2, 2]],
    ["RR1:", [1, 2, 3, 1, 2]],
    ["RR:2", [0, 1, 0, 1, 0]],
    ["RR-2:", [2, 3, 2, 3, 2]],
    ["RR::2", [0, 2, 0, 2, 0]],
    ["RR::-1", [3, 2, 1, 0, 3]],
    ["RR2::-1", [2, 1, 0, 2, 1]],
    ["RR0:9", [0, 1, 2, 3, 0]],
    [`RR${UUIDS[1]},${UUIDS[3]}`, [1, 3, 1, 3, 1]],
    [UUIDS[2], [2, 2, 2, 2, 2]],
    ["GPU-0dd", [3, 3, 3, 3, 3]],
    // As for the driver, a negative number ends the list.
    ["1,-1,2", [1, 1, 1, 1, 1]],
  ];
  for (const [value, devices] of table) assert.deepEqual(taken(value), devices, `'${value}'`);
});

Deno.test("visibleDevices() shows each replica of a plain list all of it", () => {
  assert.deepEqual(visibleDevices("2,0", FOUR, 2), [[2, 0], [2, 0]]);
});

Deno.test("visibleDevices() hides every device for an empty value", () => {
  for (const value of ["", " ", "-1", "NoDevFiles"]) {
    assert.deepEqual(visibleDevices(value, FOUR, 2), [[], []], `'${value}'`);
  }
});

Deno.test("visibleDevices() deals none where there is none", () => {
  for (const value of [undefined, "RR", "RR0:2"]) {
    assert.deepEqual(visibleDevices(value, [], 2), [[], []], `'${value}'`);
  }
});

Deno.test("visibleDevices() refuses devices that are not there, and what it cannot read", () => {
  const table: [value: string, reason: RegExp][] = [
    ["4", /device 4 is not there: the driver counts 4, from 0/],
    ["RR1,7", /device 7 is not there/],
    ["0,0", /named twice/],
    ["one", /'one' is neither a number nor a UUID/],
    ["0;1", /'0;1' is neither/],
    ["RR0:2:0", /step cannot be 0/],
    ["RRa:b", /'a:b' is not a slice/],
    ["RR4:", /chooses none of the 4 devices/],
    // Cut so short that two devices begin with it.
    ["GPU-0", /device GPU-0 is not there/],
  ];
  for (const [value, reason] of table) {
    assert.throws(() => visibleDevices(value, FOUR, 2), (error) => {
      assert.ok(error instanceof ClipError);
      assert.equal(error.kind, "config");
      assert.match(error.message, reason);
      assert.ok(error.message.includes(`CUDA_VISIBLE_DEVICES='${value}'`), error.message);
      return true;
    });
  }
});

Deno.test("namesMigSlices() knows what only the driver can read", () => {
  assert.equal(namesMigSlices("MIG-5a1b"), true);
  assert.equal(namesMigSlices("0,MIG-5a1b"), true);
  assert.equal(namesMigSlices("GPU-5a1b"), false);
  assert.equal(namesMigSlices("RR"), false);
});
