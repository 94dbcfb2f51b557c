"""The voyageai client's multimodal embeddings: texts, PIL images (sent as WebP), data URIs, its errors."""

import asyncio
import io

import _kit as k
import _reference as r

url, c = k.base(), k.Checks()
import PIL.Image
import voyageai
import voyageai.error

model = k.model(url)
print(f"# voyageai {voyageai.__version__}, model {model}")
wanted, pictures = r.texts(url), r.images(url)
client = voyageai.Client(api_key=k.KEY, base_url=url + "/v1", max_retries=0)
red, blue = (PIL.Image.open(io.BytesIO(image)) for image in (k.RED, k.BLUE))


def embed(inputs, **more):
    return client.multimodal_embed(inputs, model=more.pop("name", model), **more)


answer = embed([[text] for text in k.TEXTS])
c("texts in order", lambda: r.all_same(answer.embeddings, wanted))
c("usage: tokens of texts", lambda: answer.text_tokens > 0 and answer.image_pixels == 0 and answer.total_tokens > 0)
seen = embed([[red], [blue]])
c("PIL images, which travel as WebP", lambda: all(k.close(a, b, r.LOSSY) for a, b in zip(seen.embeddings, pictures, strict=True)))
c("usage: pixels of images", lambda: seen.image_pixels > 0)
mixed = lambda: embed([[k.TEXTS[0]], [red], [k.TEXTS[1]]]).embeddings
c("texts and images in one request, in order", lambda: r.same(mixed()[0], wanted[0]) and k.close(mixed()[1], pictures[0]) and r.same(mixed()[2], wanted[1]))
uri = lambda: [{"content": [{"type": "image_base64", "image_base64": k.uri(k.RED)}]}]
c("inputs as objects: image_base64, a data URI", lambda: r.same(embed(uri()).embeddings[0], pictures[0]))
for kind in (None, "query", "document"):
    c(f"input_type {kind} is the same space", lambda: r.same(embed([[k.TEXTS[0]]], input_type=kind).embeddings[0], wanted[0]))
c("output_dimension", lambda: r.same(embed([[k.TEXTS[0]]], output_dimension=8).embeddings[0], r.unit(wanted[0][:8])))
c("long text, truncation", lambda: len(embed([["word " * 500]]).embeddings) == 1)
if k.SEMANTIC:
    c("semantic", lambda: [r.nearest(v, wanted) for v in seen.embeddings] == [0, 1])
c("async", lambda: r.all_same(asyncio.run(voyageai.AsyncClient(api_key=k.KEY, base_url=url + "/v1").multimodal_embed(
    [[text] for text in k.TEXTS], model=model)).embeddings, wanted))
c("embed, its call for texts alone", lambda: r.all_same(client.embed(k.TEXTS, model=model).embeddings, wanted))
ints = lambda: client.embed(k.TEXTS[:1], model=model, output_dtype="int8").embeddings[0]
c("embed with output_dtype int8: whole numbers, the same direction", lambda: len(ints()) == len(wanted[0]) and max(map(abs, ints())) == 127 and k.cos(ints(), wanted[0]) > .999)
signs = lambda: client.embed(k.TEXTS[:1], model=model, output_dtype="ubinary").embeddings[0]
c("embed with output_dtype ubinary: the signs", lambda: [b >> (7 - i) & 1 for b in signs() for i in range(8)] == [int(x >= 0) for x in wanted[0]])
c.raises("an unknown model raises with what is known", lambda: embed([["x"]], name="no-such-model"),
         test=lambda e: isinstance(e, voyageai.error.VoyageError) and "no-such-model" in str(e))
c.raises("text and image in one input is InvalidRequestError (CLIP cannot)", lambda: embed([[k.TEXTS[0], red]]),
         test=lambda e: isinstance(e, voyageai.error.InvalidRequestError))
bad = [{"content": [{"type": "image_base64", "image_base64": k.uri(b"nonsense")}]}]
c.raises("an image that cannot be read is InvalidRequestError", lambda: embed(bad),
         test=lambda e: isinstance(e, voyageai.error.InvalidRequestError))
c.end()
