import assert from "node:assert/strict";
import { mirrored, readStoreSettings } from "../../../src/model/store/settings.ts";

function settings(env: Record<string, string>) {
  return readStoreSettings((name) => env[name]);
}

Deno.test("readStoreSettings() chooses the cache folders", () => {
  const home = { HOME: "/home/me" };
  assert.deepEqual(settings(home), {
    cache: "/home/me/.cache/clipline",
    clipCache: "/home/me/.cache/clip",
    hubCache: "/home/me/.cache/huggingface/hub",
    hubEndpoint: "https://huggingface.co",
    offline: false,
  });
  assert.equal(settings({ ...home, XDG_CACHE_HOME: "/x" }).cache, "/x/clipline");
  assert.equal(settings({ ...home, XDG_CACHE_HOME: "/x" }).hubCache, "/x/huggingface/hub");
  // The Python programs do not read XDG_CACHE_HOME.
  assert.equal(settings({ ...home, XDG_CACHE_HOME: "/x" }).clipCache, "/home/me/.cache/clip");
  const both = { ...home, XDG_CACHE_HOME: "/x", CLIPLINE_CACHE: "/models" };
  assert.equal(settings(both).cache, "/models");
  assert.equal(settings({ ...home, HF_HOME: "/hf" }).hubCache, "/hf/hub");
  assert.equal(settings({ ...home, HF_HOME: "/hf", HF_HUB_CACHE: "/hub" }).hubCache, "/hub");
  assert.equal(settings({ CLIPLINE_CACHE: "/models" }).cache, "/models");
});

Deno.test("readStoreSettings() says what to set when there is no home folder", () => {
  assert.throws(() => settings({}), /neither HOME nor CLIPLINE_CACHE is set/);
});

Deno.test("readStoreSettings() reads addresses and refuses what is none", () => {
  const env = {
    HOME: "/h",
    HF_ENDPOINT: "https://hub.example/",
    CLIPLINE_MIRROR: "http://mirror:8080/clip//",
    HF_TOKEN: " secret ",
  };
  const { hubEndpoint, mirror, hubToken } = settings(env);
  assert.deepEqual([hubEndpoint, mirror, hubToken], [
    "https://hub.example",
    "http://mirror:8080/clip",
    "secret",
  ]);
  for (const value of ["mirror.example", "ftp://mirror.example", "/srv/models"]) {
    assert.throws(
      () => settings({ HOME: "/h", CLIPLINE_MIRROR: value }),
      new RegExp(`CLIPLINE_MIRROR must be an http or https address .*received "${value}"`),
    );
  }
});

Deno.test("readStoreSettings() knows what switches downloading off", () => {
  for (const value of ["1", "true", "YES"]) {
    assert.ok(settings({ HOME: "/h", CLIPLINE_OFFLINE: value }).offline);
    assert.ok(settings({ HOME: "/h", HF_HUB_OFFLINE: value }).offline);
  }
  for (const value of ["", "0", "false", "off", "No"]) {
    assert.ok(!settings({ HOME: "/h", CLIPLINE_OFFLINE: value }).offline);
  }
});

Deno.test("mirrored() makes the tree of wget --force-directories", () => {
  assert.equal(
    mirrored("https://github.com/a/b.pt?x=1", "http://mirror/clip"),
    "http://mirror/clip/github.com/a/b.pt?x=1",
  );
  assert.equal(mirrored("https://github.com/a", undefined), "https://github.com/a");
});
