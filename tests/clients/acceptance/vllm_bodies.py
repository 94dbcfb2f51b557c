"""vLLM's embeddings: conversations, alone and in batches, and the fields that are its own."""

import base64
import struct

import _kit as k
import _raw as raw
import _reference as r

url, c = k.base(), k.Checks()
model = k.model(url)
print(f"# vLLM's requests, model {model}")
wanted, pictures = r.texts(url), r.images(url)


def embed(**body):
    return [item["embedding"] for item in raw.ok(f"{url}/v1/embeddings", {"model": model, **body})["data"]]


def user(*parts):
    return [{"role": "user", "content": list(parts)}]


text, image = {"type": "text", "text": k.TEXTS[0]}, {"type": "image_url", "image_url": {"url": k.uri(k.RED)}}
c("a conversation of one image", lambda: r.all_same(embed(messages=user(image)), pictures[:1]))
c("a conversation of one text", lambda: r.all_same(embed(messages=user(text)), wanted[:1]))
c("its text as a string", lambda: r.all_same(embed(messages=[{"role": "user", "content": k.TEXTS[0]}]), wanted[:1]))
c("several conversations", lambda: r.all_same(embed(messages=[user(text), user(image)]), [wanted[0], pictures[0]]))
c("conversations as input", lambda: r.all_same(embed(input=[user(image), user(text)]), [pictures[0], wanted[0]]))
c("base64", lambda: r.same(struct.unpack(f"<{len(wanted[0])}f", base64.b64decode(embed(messages=user(text), encoding_format="base64")[0])), wanted[0]))
c("dimensions", lambda: r.same(embed(messages=user(image), dimensions=8)[0], r.unit(pictures[0][:8])))
c("fields of its own that change nothing here", lambda: r.all_same(embed(
    input=k.TEXTS, truncate_prompt_tokens=-1, add_special_tokens=True, priority=0, request_id="a", user="b", mm_processor_kwargs=None), wanted))
c("without a model's name", lambda: r.all_same([d["embedding"] for d in raw.ok(f"{url}/v1/embeddings", {"input": k.TEXTS})["data"]], wanted))


def refused(**body):
    status, _, content = raw.request(f"{url}/v1/embeddings", {"model": model, **body})
    assert status in (400, 422) and isinstance(content["error"]["message"], str), (status, content)
    return True


c("text and image in one conversation is refused (CLIP embeds one of both)", lambda: refused(messages=user(text, image)))
c("no messages are refused", lambda: refused(messages=[]))
c.end()
