import assert from "node:assert/strict";
import { layOut } from "../../../bench/gateway/baseline.ts";
import {
  CASES,
  IMAGE_BYTES,
  requestBodies,
  smallPicture,
} from "../../../bench/gateway/requests.ts";
import { decodeRequestJson } from "../../../src/dialects/jina/json/request.ts";
import { decodeRequestProto } from "../../../src/dialects/jina/proto/request.ts";

Deno.test("requestBodies() makes requests that hold what the case says, no two items alike", async () => {
  const picture = await smallPicture();
  for (const load of CASES.filter(({ batch, kind }) => batch === 1 || kind === "text")) {
    for (const protocol of ["http", "grpc"] as const) {
      const bodies = requestBodies(protocol, load, picture);
      assert.ok(bodies.length > load.underWay);
      const seen = new Set<string>();
      for (const body of bodies) {
        const { docs } =
          await (protocol === "http" ? decodeRequestJson(body) : decodeRequestProto(body));
        assert.equal(docs.length, load.batch);
        for (const { text, blob } of docs) {
          if (load.kind === "image") assert.equal(blob?.length, IMAGE_BYTES);
          seen.add(text ?? blob!.subarray(0, picture.length + 4).toBase64());
        }
      }
      assert.equal(seen.size, bodies.length * load.batch);
    }
  }
});

Deno.test("layOut() says that a clone does not hold a commit", async () => {
  assert.equal(await layOut("0".repeat(40)), undefined);
});
