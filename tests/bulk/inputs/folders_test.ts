import assert from "node:assert/strict";
import { join } from "node:path";
import { openInputs } from "../../../src/bulk/inputs/open_inputs.ts";
import { bad, good, inFolder, JPEG, keysOf, readRows, rowsOf } from "./read_rows.ts";

Deno.test("a folder gives its images by the code points of their paths, at every run", async () => {
  const names = ["b/1.jpg", "b.png", "b-1.webp", "a/z/1.JPEG", "😀.jpg", "\uffee.jpg", "é.gif"];
  await inFolder(Object.fromEntries(names.map((name) => [name, JPEG])), async (folder) => {
    const input = await openInputs([folder]);
    assert.equal(input.count, names.length);
    const keys = keysOf(await rowsOf(input));
    const expected = [
      "a/z/1.JPEG",
      "b-1.webp",
      "b.png",
      "b/1.jpg",
      "é.gif",
      "\uffee.jpg",
      "😀.jpg",
    ];
    assert.deepEqual(keys, expected);
    assert.deepEqual(keysOf(await readRows(folder)), keys);
    assert.equal((await openInputs([`${folder}/`])).fingerprint, input.fingerprint);
    assert.deepEqual(keysOf(await rowsOf(input, 5)), keys.slice(5));
  });
});

Deno.test("the bytes of an image are read when they are asked for", async () => {
  await inFolder({ "a.jpg": JPEG, "gone.jpg": JPEG, "empty.jpg": "" }, async (folder) => {
    const input = await openInputs([folder], { maxImageBytes: 7 });
    const [first, empty, gone] = (await rowsOf(input)).map(good);
    await Deno.remove(join(folder, "gone.jpg"));
    assert.deepEqual(await first!.image!(), JPEG);
    assert.deepEqual(first!.metadata, { image_path: join(folder, "a.jpg") });
    await assert.rejects(async () => await empty!.image!(), { kind: "document", message: /empty/ });
    await assert.rejects(
      async () => await gone!.image!(),
      /Cannot read '.*gone.jpg': it is not the/,
    );
    await Deno.writeFile(join(folder, "a.jpg"), new Uint8Array(8));
    await assert.rejects(async () => await first!.image!(), /larger than 7 bytes/);
  });
});

Deno.test("hidden files and what is no image are passed over; no ending is told by content", async () => {
  const files = {
    "a.jpg": JPEG,
    ".hidden.jpg": JPEG,
    ".cache/b.jpg": JPEG,
    "notes.txt": "x",
    "0f3a": JPEG,
    "README": "text",
  };
  await inFolder(files, async (folder) => {
    assert.deepEqual(keysOf(await readRows(folder)), ["0f3a", "a.jpg"]);
    assert.deepEqual(keysOf(await readRows(folder, { format: "text" })), ["notes.txt:1"]);
  });
});

Deno.test("symbolic links are not followed out of the folder, nor in circles", async () => {
  await inFolder({ "in/a/1.jpg": JPEG, "out/secret.jpg": JPEG }, async (folder) => {
    const root = join(folder, "in");
    await Deno.symlink(join(folder, "out/secret.jpg"), join(root, "escape.jpg"));
    await Deno.symlink(join(folder, "out"), join(root, "folder"));
    await Deno.symlink("..", join(root, "a/circle"));
    await Deno.symlink("a/1.jpg", join(root, "inside.jpg"));
    await Deno.symlink("nowhere", join(root, "broken.jpg"));
    const rows = await readRows(root);
    const keys = ["a/1.jpg", "broken.jpg", "escape.jpg", "folder", "inside.jpg"];
    assert.deepEqual(keysOf(rows), keys);
    assert.match(bad(rows[1]).reason, /link that cannot be followed/);
    assert.match(bad(rows[2]).reason, /leads out of the folder/);
    assert.match(bad(rows[3]).reason, /leads out of the folder/);
    assert.deepEqual(await good(rows[4]).image!(), JPEG);
  });
});

Deno.test("a pipe among images is no file", async () => {
  await inFolder({ "a.jpg": JPEG }, async (folder) => {
    await new Deno.Command("mkfifo", { args: [join(folder, "pipe.jpg")] }).output();
    assert.deepEqual(keysOf(await readRows(folder)), ["a.jpg"]);
  });
});

Deno.test("a folder without images says what is there", async () => {
  await inFolder({ "00000.tar": "x", "00001.tar": "x" }, async (folder) => {
    await assert.rejects(openInputs([folder]), {
      kind: "config",
      message: `There are no images in '${folder}'; there is '00000.tar', '00001.tar': ` +
        `did you mean '${join(folder, "*.tar")}'?`,
    });
  });
});

Deno.test("keys of several paths start where the paths meet", async () => {
  const files = { "x/a/1.jpg": JPEG, "x/b/1.jpg": JPEG, "x/c.txt": "one", "x/2.jpg": JPEG };
  await inFolder(files, async (folder) => {
    const at = (name: string) => join(folder, name);
    const keys = async (...names: string[]) => keysOf(await readRows(names.map(at)));
    assert.deepEqual(await keys("x/b", "x/a"), ["b/1.jpg", "a/1.jpg"]);
    assert.deepEqual(await keys("x/c.txt", "x/a"), ["c.txt:1", "a/1.jpg"]);
    assert.deepEqual(await keys("x/2.jpg"), ["2.jpg"]);
    assert.deepEqual(await keys("x/a/1.jpg", "x/2.jpg"), ["a/1.jpg", "2.jpg"]);
    assert.deepEqual(await keys("x/[ab]/*.jpg"), ["a/1.jpg", "b/1.jpg"]);
    assert.deepEqual(await keys("x/**/*.jpg"), ["2.jpg", "a/1.jpg", "b/1.jpg"]);
    assert.deepEqual(await keys("x/{b,a}/1.jpg"), ["b/1.jpg", "a/1.jpg"]);
    for (const twice of [["x", "x/a"], ["x/2.jpg", "x/*.jpg"], ["x/a", "x/a/"]]) {
      await assert.rejects(keys(...twice), { kind: "config", message: /is given twice/ });
    }
  });
});

Deno.test("paths that are not there are refused before anything is read", async () => {
  await inFolder({ "a.jpg": JPEG, "noise.bin": Uint8Array.of(0, 1, 2) }, async (folder) => {
    const cases: [string, RegExp][] = [
      ["b.jpg", /Cannot read '.*b.jpg': it is not there/],
      ["*.png", /No file fits '.*\*\.png'/],
      ["{0..1}.tar", /Cannot read '.*0.tar': it is not there/],
      ["noise.bin", /is none of what is read.*--input-format/],
      ["{1..999999}.tar", /more than 100000 paths/],
    ];
    for (const [path, message] of cases) {
      await assert.rejects(openInputs([join(folder, path)]), { kind: "config", message });
    }
    await assert.rejects(openInputs([]), { kind: "config" });
  });
});
