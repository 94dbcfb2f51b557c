"""Qdrant's server-side inference, by the requests that it makes to the address in its configuration.

ACCEPT_QDRANT is the path of that address."""

import os

import _kit as k
import _raw as raw
import _reference as r

url, c = k.base(), k.Checks()
model, path = k.model(url), os.environ.get("ACCEPT_QDRANT", "/qdrant/inference")
print(f"# Qdrant's requests, model {model}")
wanted, pictures = r.texts(url), r.images(url)


def item(data, kind="text", **more):
    return {"data": data, "data_type": kind, "model": model, "options": None, **more}


def body(*inputs, purpose="update"):
    return {"inputs": list(inputs), "inference": purpose, "token": None}


def vectors(*inputs, **more):
    return raw.ok(url + path, body(*inputs, **more))["embeddings"]


answer = raw.ok(url + path, body(*map(item, k.TEXTS)))
c("texts in order", lambda: r.all_same(answer["embeddings"], wanted))
c("usage: tokens by model", lambda: answer["usage"]["models"][model]["tokens"] > 0)
c("a search", lambda: r.all_same(vectors(item(k.TEXTS[1]), purpose="search"), wanted[1:2]))
c("images as base64 and as data URI", lambda: r.all_same(vectors(item(k.b64(k.RED), "image"), item(k.uri(k.BLUE), "image")), pictures))
c("texts and images in one batch, in order", lambda: r.all_same(
    vectors(item(k.TEXTS[0]), item(k.b64(k.BLUE), "image"), item(k.TEXTS[2])), [wanted[0], pictures[1], wanted[2]]))
c("options are taken", lambda: r.all_same(vectors(item(k.TEXTS[0], options={"mine": 1})), wanted[:1]))
c("100 at once", lambda: r.all_same(vectors(*(item(k.TEXTS[i % 3]) for i in range(99))), wanted * 33))
c("the keys of Qdrant's own user do not matter", lambda: raw.request(url + path, body(item("x")), openai_api_key="sk-other")[0] == 200)


def fault(wanted_statuses, request):
    status, _, content = raw.request(url + path, request)
    assert status in wanted_statuses and isinstance(content, dict) and isinstance(content.get("error"), str), (status, content)
    return True


c("an unknown model: 4xx, {error: text}", lambda: fault((400, 404), body({**item("x"), "model": "no-such-model"})))
c("an image that cannot be read: 400, {error: text}", lambda: fault((400,), body(item(k.b64(b"nonsense"), "image"))))
c("an object that is none of ours: 400, {error: text}", lambda: fault((400,), body(item({"a": 1}, "object"))))
if k.SEMANTIC:
    c("semantic", lambda: [r.nearest(v, wanted) for v in vectors(item(k.b64(k.RED), "image"), item(k.b64(k.BLUE), "image"))] == [0, 1])
c.end()
