import assert from "node:assert/strict";
import { status as codes } from "@grpc/grpc-js";
import { ClipError } from "../../../src/errors.ts";
import { grpcStatus, PackedFlagError, status } from "../../../src/gateway/grpc/status.ts";

Deno.test("Codes are those that clients have", () => {
  for (const [name, code] of Object.entries(status)) {
    assert.equal(code, codes[name as keyof typeof codes], name);
  }
});

Deno.test("An error's kind decides its code, but for the flag of packed messages", () => {
  assert.equal(grpcStatus(new ClipError("invalid", "")), codes.INVALID_ARGUMENT);
  assert.equal(grpcStatus(new ClipError("overloaded", "")), codes.RESOURCE_EXHAUSTED);
  assert.equal(grpcStatus(new PackedFlagError()), codes.INTERNAL);
});
