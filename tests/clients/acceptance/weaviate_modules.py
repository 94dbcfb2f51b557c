"""Weaviate's modules with a settable baseURL, by the requests that its Go clients make: text2vec-openai,
multi2vec-jinaai, multi2vec-cohere and multi2vec-voyageai."""

import io

import _kit as k
import _raw as raw
import _reference as r

url, c = k.base(), k.Checks()
import PIL.Image

model = k.model(url)
print(f"# Weaviate's requests, model {model}")
wanted, pictures = r.texts(url), r.images(url)
post = lambda path, body: raw.ok(url + path, body, user_agent="Go-http-client/1.1")
vectors = lambda answer: [item["embedding"] for item in answer["data"]]

openai = post("/v1/embeddings", {"input": k.TEXTS, "model": model})
c("text2vec-openai: floats in order", lambda: r.all_same(vectors(openai), wanted) and [d["index"] for d in openai["data"]] == [0, 1, 2])
c("text2vec-openai: usage", lambda: openai["usage"]["total_tokens"] > 0)
c("text2vec-openai: dimensions", lambda: r.same(vectors(post("/v1/embeddings", {"input": k.TEXTS[:1], "model": model, "dimensions": 8}))[0], r.unit(wanted[0][:8])))


def jina(*items, **more):
    return vectors(post("/v1/embeddings", {"input": list(items), "model": model, "normalized": True, **more}))


c("multi2vec-jinaai: texts", lambda: r.all_same(jina(*({"text": t} for t in k.TEXTS)), wanted))
c("multi2vec-jinaai: images, bare base64", lambda: r.all_same(jina(*({"image": k.b64(i)} for i in (k.RED, k.BLUE))), pictures))
c("multi2vec-jinaai: both in one request", lambda: r.all_same(jina({"text": k.TEXTS[0]}, {"image": k.b64(k.RED)}), [wanted[0], pictures[0]]))
c("multi2vec-jinaai: dimensions", lambda: r.same(jina({"image": k.b64(k.RED)}, dimensions=8)[0], r.unit(pictures[0][:8])))


def cohere(**what):
    kind = "image" if "images" in what else "search_document"
    answer = post("/v2/embed", {"model": model, "input_type": kind, "embedding_types": ["float"], "truncate": "END", **what})
    return answer["embeddings"]["float"]


def jpeg(image):
    out = io.BytesIO()
    PIL.Image.open(io.BytesIO(image)).save(out, "JPEG", quality=95)
    return out.getvalue()


c("multi2vec-cohere: texts", lambda: r.all_same(cohere(texts=k.TEXTS), wanted))
c("multi2vec-cohere: an image", lambda: r.all_same(cohere(images=[k.uri(k.RED)]), pictures[:1]))
c("multi2vec-cohere: a JPEG that says image/png", lambda: r.all_same(cohere(images=[k.uri(jpeg(k.RED))]), r.images(url, [jpeg(k.RED)])))


def voyage(*contents):
    inputs = [{"content": [content]} for content in contents]
    return vectors(post("/v1/multimodalembeddings", {"inputs": inputs, "model": model, "input_type": "document", "truncation": True}))


c("multi2vec-voyageai: texts", lambda: r.all_same(voyage(*({"type": "text", "text": t} for t in k.TEXTS)), wanted))
c("multi2vec-voyageai: images, data URIs", lambda: r.all_same(
    voyage(*({"type": "image_base64", "image_base64": k.uri(i)} for i in (k.RED, k.BLUE))), pictures))


def message(path, body, *keys):
    """The text of a refusal, which each module looks for where its service has it."""
    status, _, content = raw.request(url + path, body)
    for key in keys:
        content = content[key]
    return status == 404 and "no-such-model" in content


c("text2vec-openai: error.message of an unknown model", lambda: message("/v1/embeddings", {"input": ["x"], "model": "no-such-model"}, "error", "message"))
c("multi2vec-cohere: message", lambda: message("/v2/embed", {"texts": ["x"], "model": "no-such-model", "input_type": "search_document"}, "message"))
c("multi2vec-voyageai: detail", lambda: message("/v1/multimodalembeddings", {"inputs": [{"content": [{"type": "text", "text": "x"}]}], "model": "no-such-model"}, "detail"))
c.end()
