import assert from "node:assert/strict";
import fc from "fast-check";
import { ClipError } from "../../src/errors.ts";
import { type FormPart, readMultipart } from "../../src/encoding/multipart.ts";
import { atOnce, inSlices, Slices } from "../../src/encoding/slices.ts";

const TYPE = "multipart/form-data; boundary=b";
const bytes = (text: string) => new TextEncoder().encode(text);
const read = (body: Uint8Array, type = TYPE) => atOnce(readMultipart(body, type, new Slices()));
const shown = (parts: FormPart[]) =>
  parts.map(({ name, filename, bytes }) => [name, filename, new TextDecoder().decode(bytes)]);
const part = (name: string, content: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${content}\r\n`;

/** What the runtime makes of a form. */
async function written(form: FormData): Promise<{ type: string; body: Uint8Array }> {
  const response = new Response(form);
  const type = response.headers.get("content-type")!;
  return { type, body: new Uint8Array(await response.arrayBuffer()) };
}

Deno.test("a form is read as others write it, whatever its fields hold", async () => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    // What a boundary could begin with.
    fc.array(fc.constantFrom(13, 10, 45), { maxLength: 30 }).map((codes) => Uint8Array.from(codes)),
  );
  // A percent sign is written as it is, and may be taken for the beginning of an escape.
  const word = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !text.includes("%"));
  const field = fc.record({
    name: word,
    content,
    filename: fc.option(word, { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(field, { maxLength: 5 }), async (fields) => {
      const form = new FormData();
      for (const { name, content, filename = "blob" } of fields) {
        form.append(name, new Blob([content as Uint8Array<ArrayBuffer>]), filename);
      }
      const { type, body } = await written(form);
      const parts = read(body, type);
      const plain = (text: string) => text.replace(/\r\n?|\n/g, "\r\n");
      assert.deepEqual(
        parts.map(({ name, filename, bytes }) => [plain(name), filename, [...bytes]]),
        fields.map(({ name, content, filename = "blob" }) => [plain(name), filename, [...content]]),
      );
    }),
    { numRuns: 300 },
  );
});

Deno.test("parts are views of the body", () => {
  const body = bytes(`${part("a", "1")}--b--`);
  const [{ bytes: view }] = read(body) as [FormPart];
  assert.equal(view.buffer, body.buffer);
});

Deno.test("a form may have what RFC 2046 allows around its parts", () => {
  const one = [["a", undefined, "1"]];
  assert.deepEqual(shown(read(bytes(`${part("a", "1")}--b--\r\nepilogue`))), one);
  assert.deepEqual(shown(read(bytes(`preamble\r\n${part("a", "1")}--b--`))), one);
  assert.deepEqual(shown(read(bytes(part("a", "1").replace("--b", "--b \t") + "--b--"))), one);
  assert.deepEqual(
    shown(read(bytes(`${part("a", "1")}--b--`), 'multipart/form-data;boundary="b"')),
    one,
  );
  assert.deepEqual(shown(read(bytes(`${part("a", "")}--b--`))), [["a", undefined, ""]]);
  const bare =
    '--b\r\ncontent-disposition: form-data; filename="x; name=y"; name=a\r\n\r\n1\r\n--b--';
  assert.deepEqual(shown(read(bytes(bare))), [["a", "x; name=y", "1"]]);
  assert.deepEqual(read(bytes("--b--")), []);
});

Deno.test("what is no form is refused, and it says why", () => {
  const refused = (text: string, reason: RegExp, type = TYPE, kind = "invalid") =>
    assert.throws(
      () => read(bytes(text), type),
      (thrown) =>
        thrown instanceof ClipError && thrown.kind === kind && reason.test(thrown.message),
      text.slice(0, 50),
    );
  refused("", /ends before its last boundary/);
  refused("nothing", /ends before its last boundary/);
  refused(part("a", "1"), /ends before its last boundary/);
  refused(part("a", "1") + "--b", /not followed by a line end/);
  refused("--b\r\nContent-Disposition: form-data", /ends within the headers/);
  refused("--b\r\n\r\n1\r\n--b--", /no Content-Disposition/);
  refused("--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--", /has no name/);
  refused("--b--", /names no boundary/, "multipart/form-data");
  refused("--b--", /longer than 70/, `multipart/form-data; boundary=${"b".repeat(71)}`);
  refused(part("a", "1").repeat(65) + "--b--", /more than 64 parts/, TYPE, "too_large");
  refused(`--b\r\nx: ${"y".repeat(9000)}`, /more than 8192 bytes/, TYPE, "too_large");
});

Deno.test("a form of many places where a boundary could begin is read in slices", async () => {
  const head = bytes('--b\r\nContent-Disposition: form-data; name="image"\r\n\r\n');
  const body = new Uint8Array(head.length + (8 << 20) + 7).fill(13);
  body.set(head);
  body.set(bytes("\r\n--b--"), body.length - 7);
  let turns = 0;
  const counting = setInterval(() => turns++, 0);
  const parts = await inSlices((slices) => readMultipart(body, TYPE, slices));
  clearInterval(counting);
  assert.equal(parts[0]!.bytes.length, 8 << 20);
  assert.ok(turns > 2, `${turns} turns`);
});
