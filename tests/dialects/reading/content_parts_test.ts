import assert from "node:assert/strict";
import { z } from "zod";
import {
  CONTENT_PART,
  contentItem,
  partUnits,
} from "../../../src/dialects/reading/content_parts.ts";
import { FieldError, typed } from "../../../src/dialects/reading/typed_body.ts";

const PARTS = z.object({ content: z.array(CONTENT_PART) });
const read = (content: unknown) => typed({ content }, PARTS).content;
const item = (content: unknown) => contentItem(read(content), ["inputs", 2, "content"]);
const text = { type: "text", text: "a cat" };
const image = { type: "image_url", image_url: "https://example.com/cat.png" };

Deno.test("a part is a text, or an image wherever it stands", () => {
  assert.deepEqual(item([text]), { text: "a cat" });
  assert.deepEqual(item([image]), { uri: "https://example.com/cat.png" });
  const nested = {
    type: "image_url",
    image_url: { url: "data:image/png;base64,AAAA", detail: null },
  };
  assert.deepEqual(item([nested]), { uri: "data:image/png;base64,AAAA" });
  const bare = { type: "image_base64", image_base64: "AAEC" };
  assert.deepEqual(item([bare]), { bytes: new Uint8Array([0, 1, 2]) });
});

Deno.test("what base64 becomes is told, and what a part costs to read", () => {
  let grown = 0;
  const parts = read([{ type: "image_base64", image_base64: "AAEC" }]);
  contentItem(parts, [], (bytes) => grown += bytes);
  assert.equal(grown, 3);
  assert.equal(partUnits(parts[0]!), 4);
  assert.equal(partUnits(read([text])[0]!), 1);
});

Deno.test("one content is one text or one image, and the error says what to do", () => {
  const refused = (content: unknown, reason: RegExp) =>
    assert.throws(
      () => item(content),
      (error) =>
        error instanceof FieldError && error.param === "inputs.2.content" &&
        reason.test(error.message),
    );
  refused([], /empty/);
  refused([text, text], /2 texts, and CLIP embeds one: join them/);
  refused([image, image, image], /3 images, and CLIP embeds one/);
  refused([text, image], /a text and an image, and CLIP has no vector for both together/);
});

Deno.test("a part of another type is named by its place", () => {
  const refused = (part: unknown, param: string, reason: RegExp) =>
    assert.throws(
      () => read([text, part]),
      (error) => error instanceof FieldError && error.param === param && reason.test(error.message),
    );
  refused({ type: "video_url", video_url: "x" }, "content.1.type", /must be 'text', 'image_url'/);
  refused({ text: "x" }, "content.1.type", /must be 'text', 'image_url'/);
  refused({ type: "text", text: 5 }, "content.1.text", /expected a string/);
});
