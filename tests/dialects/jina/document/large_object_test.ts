import assert from "node:assert/strict";
import {
  isLarge,
  keysOf,
  rememberLarge,
  removeMember,
  setMember,
} from "../../../../src/dialects/jina/document/large_object.ts";

Deno.test("a large object's keys are known as they are set and taken away", () => {
  const object: Record<string, number> = rememberLarge({ first: 1 });
  for (const key of ["b", "a", "__proto__", "b"]) setMember(object, key, 2);
  removeMember(object, "a");
  removeMember(object, "never");
  rememberLarge(object);
  assert.ok(isLarge(object));
  assert.deepEqual(keysOf(object), ["first", "b", "__proto__"]);
  assert.deepEqual(Object.keys(object), keysOf(object));
  assert.equal(Object.getPrototypeOf(object), Object.prototype);
});

Deno.test("any other object is asked itself", () => {
  const object: Record<string, number> = {};
  setMember(object, "a", 1);
  assert.ok(!isLarge(object));
  assert.deepEqual(keysOf(object), ["a"]);
});
