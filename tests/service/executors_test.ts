import assert from "node:assert/strict";
import { ClipError } from "../../src/errors.ts";
import { CATALOG, findModel, spellingsOf } from "../../src/model/catalog/catalog.ts";
import { ThreadedTokenizer } from "../../src/dispatch/threaded_tokenizer.ts";
import { type Executor, ExecutorTable } from "../../src/service/executors.ts";
import { FakeEncoder } from "../support/fake_encoder.ts";

function executor(name: string, models: readonly string[], encoder = new FakeEncoder()): Executor {
  const tokenizer = new ThreadedTokenizer();
  const batching = { maxTokens: 616, workers: 1 };
  return { name, models, accessPaths: "@r", encoder, tokenizer, batching, description: {} };
}

/** An executor as one of the catalog's models is served: the flow's label, then all spellings. */
function serving(name: string, label: string): Executor {
  const found = findModel(label);
  assert.ok(found.ok);
  return executor(name, [label, ...spellingsOf(found.model)]);
}

function refusal(find: () => Executor): ClipError {
  try {
    return assert.fail(`found ${find().name}`);
  } catch (thrown) {
    assert.ok(thrown instanceof ClipError);
    assert.equal(thrown.kind, "not_found");
    return thrown;
  }
}

Deno.test("a request is refused unread, and counted once, where every executor would refuse it", () => {
  const encoders = [new FakeEncoder(), new FakeEncoder()];
  const table = new ExecutorTable(encoders.map((encoder, i) => executor(`${i}`, [], encoder)));
  const counted = () => encoders.reduce((sum, { unread }) => sum + unread, 0);
  encoders[0]!.full = true;
  assert.equal(table.refusal(), undefined);
  assert.equal(counted(), 0);
  encoders[1]!.full = true;
  assert.equal(table.refusal()?.kind, "overloaded");
  assert.equal(counted(), 1);
});

Deno.test("named() finds every model of the catalog by every spelling, all served at once", () => {
  const table = new ExecutorTable(CATALOG.map(({ name }, i) => serving(`executor${i}`, name)));
  for (const [i, model] of CATALOG.entries()) {
    for (const spelling of [...spellingsOf(model), `executor${i}`]) {
      for (const written of [spelling, spelling.toUpperCase(), spelling.replaceAll("_", "-")]) {
        assert.equal(table.named(written), table.all[i], written);
        assert.equal(table.choose(written), table.all[i], written);
      }
    }
  }
});

Deno.test("named() takes the first executor for no name", () => {
  const table = new ExecutorTable([serving("a", "ViT-B/32"), serving("b", "ViT-L/14")]);
  for (const none of [undefined, null, "", "default", "default/not-specified"]) {
    assert.equal(table.named(none).name, "a", `${none}`);
  }
});

Deno.test("named() refuses an unknown name with those there are, also where one executor runs", () => {
  const one = new ExecutorTable([serving("clip_t", "ViT-B/32")]);
  assert.equal(
    refusal(() => one.named("text-embedding-3-small")).message,
    "No executor runs 'text-embedding-3-small': there is ViT-B/32 (clip_t)",
  );
  const two = new ExecutorTable([serving("a", "ViT-B/32"), serving("b", "ViT-B/32")]);
  assert.equal(
    refusal(() => two.named("ViT-L/14")).message,
    "No executor runs 'ViT-L/14': there are ViT-B/32 (a), b",
  );
  assert.ok(refusal(() => two.named("x".repeat(1_000_000))).message.length < 200);
});

Deno.test("named() with any_model_name gives the first for an unknown name, and others their own", () => {
  const all = [serving("a", "ViT-B/32"), serving("b", "ViT-L/14")];
  const table = new ExecutorTable(all, { anyModelName: true });
  assert.equal(table.named("text-embedding-3-small").name, "a");
  assert.equal(table.named("openai/clip-vit-large-patch14").name, "b");
  assert.equal(table.choose("text-embedding-3-small").name, "a");
});

Deno.test("of two executors of one model its names find the first, and idOf() tells them apart", () => {
  const [a, b] = [serving("a", "ViT-B-32::openai"), serving("b", "ViT-B-32::openai")];
  const table = new ExecutorTable([a, b]);
  assert.equal(table.named("openai/clip-vit-base-patch32"), a);
  assert.equal(table.named("ViT-B-32::openai"), a);
  assert.equal(table.named("b"), b);
  assert.equal(table.idOf(a), "ViT-B-32::openai");
  assert.equal(table.idOf(b), "b");
});

Deno.test("choose() ignores the name where one executor runs, and else is as strict as named()", () => {
  const one = new ExecutorTable([serving("a", "ViT-B/32")]);
  assert.equal(one.choose("nothing of the kind").name, "a");
  const two = new ExecutorTable([serving("a", "ViT-B/32"), serving("b", "ViT-L/14")]);
  assert.equal(two.choose("clip-ViT-L-14").name, "b");
  assert.equal(two.choose(undefined).name, "a");
  assert.equal(refusal(() => two.choose("nope")).name, "KeyError");
});

Deno.test("executors that come while the server starts are found", () => {
  const all = [serving("a", "ViT-B/32")];
  const table = new ExecutorTable(all);
  refusal(() => table.named("ViT-L/14"));
  all.push(serving("b", "ViT-L/14"));
  assert.equal(table.named("ViT-L/14").name, "b");
});
