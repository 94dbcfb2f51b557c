"""Jina AI's embeddings API, by the bodies of its clients: LangChain.js, LlamaIndex and its TypeScript twin, LiteLLM, Weaviate."""

import base64
import struct

import _kit as k
import _raw as raw
import _reference as r

url, c = k.base(), k.Checks()
model = k.model(url)
print(f"# Jina AI's requests, model {model}")
wanted, pictures = r.texts(url), r.images(url)


def embed(*items, **more):
    answer = raw.ok(f"{url}/v1/embeddings", {"model": model, "input": list(items), **more})
    assert [item["index"] for item in answer["data"]] == list(range(len(items))), answer
    return [item["embedding"] for item in answer["data"]]


text, image = {"text": k.TEXTS[0]}, {"image": k.b64(k.RED)}
both = [wanted[0], pictures[0]]
c("objects of text and image, mixed", lambda: r.all_same(embed(text, image), both))
c("a string among objects", lambda: r.all_same(embed(k.TEXTS[1], image, text), [wanted[1], pictures[0], wanted[0]]))
c("an image as data URI", lambda: r.same(embed({"image": k.uri(k.BLUE)})[0], pictures[1]))
c("LangChain.js: {text} and {image} with normalized", lambda: r.all_same(embed(text, image, normalized=True), both))
c("LlamaIndex.TS: {bytes}", lambda: r.same(embed({"bytes": k.b64(k.RED)}, encoding_type="float")[0], pictures[0]))
c("LlamaIndex: encoding_type and task", lambda: r.same(embed(k.TEXTS[0], encoding_type="float", task="retrieval.query")[0], wanted[0]))
c("switches of other models do not matter", lambda: r.same(
    embed(text, task="text-matching", late_chunking=False, truncate=True, return_multivector=False)[0], wanted[0]))
c("normalized false: the same direction", lambda: k.cos(embed(text, normalized=False)[0], wanted[0]) > 1 - 1e-6)
c("dimensions: cut and one long", lambda: r.same(embed(image, dimensions=8)[0], r.unit(pictures[0][:8])))

signs = [int(x >= 0) for x in wanted[0]]
bits = lambda values: [byte >> (7 - i) & 1 for byte in values for i in range(8)]
c("embedding_type base64", lambda: r.same(struct.unpack(f"<{len(wanted[0])}f", base64.b64decode(embed(text, embedding_type="base64")[0])), wanted[0]))
c("embedding_type ubinary is the signs", lambda: bits(embed(text, embedding_type="ubinary")[0]) == signs)
c("embedding_type binary has as many values", lambda: (lambda v: len(v) == len(signs) // 8 and min(v) >= -128 and max(v) <= 127)(embed(text, embedding_type="binary")[0]))


def fault(*items):
    status, _, content = raw.request(f"{url}/v1/embeddings", {"model": model, "input": list(items)})
    assert 400 <= status < 500 and isinstance(content, dict), (status, content)
    return str(content)


c("an image that cannot be read: which one", lambda: "1" in fault(text, {"image": k.b64(b"nonsense")}))
c("an object of no known kind", lambda: fault({"video": "x"}))
c.end()
