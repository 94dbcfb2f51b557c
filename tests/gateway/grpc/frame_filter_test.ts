import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { FrameFilter } from "../../../src/gateway/grpc/frame_filter.ts";

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const GOAWAY = 7;

function frame(type: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  return Buffer.concat([head, payload]);
}

function through(bytes: Buffer, cuts: readonly number[]): Buffer {
  const filter = new FrameFilter();
  const passed: Buffer[] = [];
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let from = 0;
  for (const end of ends) {
    // A copy, as the transport's buffer is used again.
    passed.push(...filter.pass(Buffer.from(bytes.subarray(from, end))));
    from = end;
  }
  return Buffer.concat(passed);
}

Deno.test("Of any frames in any pieces, all but the GOAWAY frames are passed on unchanged", () => {
  const frames = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 9 }), fc.uint8Array({ maxLength: 40 })),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(frames, fc.array(fc.nat(400), { maxLength: 30 }), (given, cuts) => {
      const all = [PREFACE, ...given.map(([type, payload]) => frame(type, payload))];
      const kept = [
        PREFACE,
        ...given.filter(([type]) => type !== GOAWAY).map(([type, payload]) => frame(type, payload)),
      ];
      assert.deepEqual(through(Buffer.concat(all), cuts), Buffer.concat(kept));
    }),
    { seed: 7, numRuns: 2000 },
  );
});

Deno.test("What comes in one piece is passed on as one view", () => {
  const bytes = Buffer.concat([
    PREFACE,
    frame(0, new Uint8Array(5000)),
    frame(1, new Uint8Array(3)),
  ]);
  const passed = new FrameFilter().pass(bytes);
  assert.equal(passed.length, 1);
  assert.equal(passed[0]!.buffer, bytes.buffer);
});
