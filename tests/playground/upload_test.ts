import assert from "node:assert/strict";
import { Failure } from "../../src/pages/playground/page/failure.js";
import { Upload } from "../../src/pages/playground/page/upload.js";

type Source = Parameters<ConstructorParameters<typeof Upload>[0]>[0];
type Prepared = Awaited<ReturnType<ConstructorParameters<typeof Upload>[0]>>;
type Post = ConstructorParameters<typeof Upload>[1];

function source(name: string): Source {
  const read = () => Promise.resolve(new Blob([name]));
  return { name, folder: "holiday", caption: "", url: null, read };
}

/** The id is the name without a number in brackets: copies have the same content. */
function prepare(bytes: number, failure = ""): (source: Source) => Promise<Prepared> {
  return (source) => {
    const image = { name: source.name, url: null, blob: () => Promise.resolve(new Blob()) };
    return Promise.resolve({
      source,
      picture: { id: source.name.replace(/ \(\d+\)/, ""), image, tags: {} },
      bytes,
      failure: source.name.startsWith("unreadable") ? "It was moved" : failure,
      settled: false,
    });
  };
}

async function* found(...names: (string | undefined)[]) {
  for (const name of names) {
    await Promise.resolve();
    yield name === undefined ? undefined : source(name);
  }
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `${i}.png`);

function ended(upload: Upload): Promise<void> {
  return new Promise((resolve) => upload.addEventListener("end", () => resolve(), { once: true }));
}

function halted(upload: Upload): Promise<void> {
  return new Promise((resolve) => {
    upload.addEventListener("change", () => {
      if (upload.halted !== undefined && !upload.running) resolve();
    });
  });
}

function refusal(kind: NonNullable<Failure["kind"]>, detail = "no"): Failure {
  const failure = new Failure("Refused", detail);
  failure.kind = kind;
  return failure;
}

const figures = ({ total, done, failed, same, skipped }: Upload) => ({
  total,
  done,
  failed,
  same,
  skipped,
});

Deno.test("pictures are sent in bounded batches, one request at a time; each is counted once", async () => {
  const batches: string[][] = [];
  let open = 0;
  const post: Post = async (batch) => {
    assert.equal(++open, 1);
    await Promise.resolve();
    batches.push(batch.map(({ source }) => source.name));
    open--;
    return new Map([["7.png", refusal("document", "It is damaged")]]);
  };
  const upload = new Upload(prepare(1000), post);
  const end = ended(upload);
  const names = [...numbered(40), "3 (2).png", undefined, "unreadable.png", "39 (1).png"];
  await upload.take(found(...names));
  await end;
  assert.deepEqual(figures(upload), { total: 43, done: 43, failed: 2, same: 2, skipped: 1 });
  assert.deepEqual(batches.flat(), numbered(40));
  assert.ok(batches.every((batch) => batch.length <= 16));
  assert.deepEqual(upload.failures, [
    { name: "holiday/7.png", reason: "It is damaged" },
    { name: "holiday/unreadable.png", reason: "It was moved" },
  ]);
  assert.equal(upload.unfinished, false);
});

Deno.test("large pictures make small batches", async () => {
  const sizes: number[] = [];
  const upload = new Upload(prepare(3 * 2 ** 20), (batch) => {
    sizes.push(batch.length);
    return Promise.resolve(new Map());
  });
  const end = ended(upload);
  await upload.take(found(...numbered(5)));
  await end;
  assert.ok(Math.max(...sizes) <= 2 && sizes.length >= 3, sizes.join());
});

Deno.test("a picture that is to go with the next request is sent, though this one failed", async () => {
  const sent: string[] = [];
  let requests = 0;
  const upload = new Upload(prepare(6 * 2 ** 20), (batch) => {
    if (++requests === 2) return Promise.reject(refusal("connection"));
    sent.push(...batch.map(({ source }) => source.name));
    return Promise.resolve(new Map());
  });
  const halt = halted(upload);
  await upload.take(found(...numbered(5)));
  await halt;
  const end = ended(upload);
  upload.goOn();
  await end;
  assert.deepEqual(sent.toSorted(), numbered(5));
  assert.equal(upload.same, 0);
});

Deno.test("what was stopped goes on where it was, with what was under way", async () => {
  const sent: string[] = [];
  let stopAt = 16;
  const upload = new Upload(prepare(1000), (batch, signal) => {
    if (sent.length >= stopAt) {
      stopAt = Infinity;
      upload.stop();
      return new Promise((_, reject) => {
        if (signal.aborted) reject(signal.reason);
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    }
    sent.push(...batch.map(({ source }) => source.name));
    return Promise.resolve(new Map());
  });
  const stopped = halted(upload);
  await upload.take(found(...numbered(50)));
  await stopped;
  assert.equal(upload.halted, "stopped");
  assert.equal(upload.done, sent.length);
  assert.ok(upload.unfinished);
  const end = ended(upload);
  upload.goOn();
  await end;
  assert.deepEqual(sent, numbered(50));
  assert.deepEqual(figures(upload), { total: 50, done: 50, failed: 0, same: 0, skipped: 0 });
});

Deno.test("what is left can be left out", async () => {
  const upload = new Upload(prepare(1000), () => Promise.reject(refusal("connection")));
  const stands = halted(upload);
  await upload.take(found(...numbered(20)));
  await stands;
  const end = ended(upload);
  upload.leaveOut();
  await end;
  assert.equal(upload.unfinished, false);
  assert.equal(upload.total, 0);
});

Deno.test("a server that has gone halts the upload until it goes on, and nothing is sent twice", async () => {
  const answers = [undefined, refusal("connection"), undefined];
  const sent: string[] = [];
  const upload = new Upload(prepare(1000), (batch) => {
    const failure = answers.shift();
    if (failure) return Promise.reject(failure);
    sent.push(...batch.map(({ source }) => source.name));
    return Promise.resolve(new Map());
  });
  const gone = halted(upload);
  await upload.take(found(...numbered(40)));
  await gone;
  assert.ok(upload.halted instanceof Failure);
  assert.ok(sent.length < 40);
  const end = ended(upload);
  upload.goOn();
  await end;
  assert.deepEqual(sent, numbered(40));
});

Deno.test("when every picture is refused, it is not the pictures: the upload halts, and sends them again", async () => {
  let wrong = true;
  const upload = new Upload(prepare(1000), (batch) => {
    const refused = wrong ? batch.map(({ picture }) => picture.id) : [];
    return Promise.resolve(new Map(refused.map((id) => [id, refusal("invalid", "no such model")])));
  });
  const stands = halted(upload);
  await upload.take(found(...numbered(200)));
  await stands;
  assert.equal((upload.halted as Failure).detail, "no such model");
  const failed = upload.done;
  assert.ok(failed < 32, String(failed));
  wrong = false;
  const end = ended(upload);
  upload.goOn();
  await end;
  assert.deepEqual(figures(upload), { total: 200, done: 200, failed, same: 0, skipped: 0 });
});

Deno.test("pictures that cannot be read are their own fault, however many there are", async () => {
  const upload = new Upload(
    prepare(1000),
    (batch) =>
      Promise.resolve(new Map(batch.map(({ picture }) => [picture.id, refusal("document")]))),
  );
  const end = ended(upload);
  await upload.take(found(...numbered(60)));
  await end;
  assert.equal(upload.failed, 60);
});

Deno.test("a folder that cannot be read to its end is told of, and what was found is sent", async () => {
  const upload = new Upload(prepare(1000), () => Promise.resolve(new Map()));
  const end = ended(upload);
  await upload.take((async function* () {
    yield* found("a.png");
    throw new DOMException("A requested file or directory could not be found");
  })());
  await end;
  assert.equal(upload.done, 1);
  assert.match(upload.failures[0]!.reason, /could not be found/);
});

Deno.test("more can be taken while an upload is under way, and what came is not sent twice", async () => {
  const sent: string[] = [];
  const upload = new Upload(prepare(1000), (batch) => {
    sent.push(...batch.map(({ source }) => source.name));
    return Promise.resolve(new Map());
  });
  const end = ended(upload);
  await Promise.all([
    upload.take(found(...numbered(20))),
    upload.take(found(...numbered(30))),
  ]);
  await end;
  assert.equal(new Set(sent).size, sent.length);
  assert.equal(sent.length, 30);
  assert.equal(upload.same, 20);
});
