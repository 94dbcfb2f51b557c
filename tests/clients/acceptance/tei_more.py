"""Text Embeddings Inference, the values: similarity, rerank, tokens and back; what it has and CLIP has not."""

import _kit as k
import _raw as raw
import _reference as r

url, c = k.base(), k.Checks()
wanted = r.texts(url)
post = lambda path, body: raw.ok(url + path, body)
cosines = [k.cos(wanted[0], v) for v in wanted]
c("/similarity is the cosine", lambda: r.same(post("/similarity", {"inputs": {"source_sentence": k.TEXTS[0], "sentences": k.TEXTS}}), cosines))
c("/similarity with parameters", lambda: r.same(post("/similarity", {
    "inputs": {"source_sentence": k.TEXTS[0], "sentences": k.TEXTS}, "parameters": {"truncate": True}}), cosines))
ranked = post("/rerank", {"query": k.TEXTS[0], "texts": [k.TEXTS[1], k.TEXTS[0], k.TEXTS[2]], "return_text": True})
c("/rerank: best first, its texts", lambda: ranked[0]["index"] == 1 and ranked[0]["text"] == k.TEXTS[0] and [
    x["score"] for x in ranked] == sorted((x["score"] for x in ranked), reverse=True) and len(ranked) == 3)
c("/rerank without texts", lambda: "text" not in post("/rerank", {"query": "x", "texts": ["a", "b"]})[0])

tokens = post("/tokenize", {"inputs": k.TEXTS})
ids = [[token["id"] for token in some] for some in tokens]
c("/tokenize: ids, texts, places", lambda: len(tokens) == 3 and all({"id", "text", "special", "start", "stop"} <= set(t) for some in tokens for t in some))
c("/tokenize: places point at the text", lambda: all(
    k.TEXTS[i][t["start"]:t["stop"]].strip().lower() == t["text"].replace("</w>", "").strip() for i, some in enumerate(tokens) for t in some if not t["special"]))
c("/tokenize: the special ones stand around, and can be left out", lambda: tokens[0][0]["special"] and tokens[0][-1]["special"] and not any(
    t["special"] for t in post("/tokenize", {"inputs": k.TEXTS[0], "add_special_tokens": False})[0]))
c("/decode gives the texts back", lambda: [x.strip() for x in post("/decode", {"ids": ids, "skip_special_tokens": True})] == k.TEXTS)
c("/decode of one list", lambda: [x.strip() for x in post("/decode", {"ids": ids[0]})] == k.TEXTS[:1])
c("normalize false: not one long", lambda: abs(k.norm(post("/embed", {"inputs": "x", "normalize": False})[0]) - 1) > 1e-3)
limit = raw.ok(url + "/info")["max_client_batch_size"]
c("/info says how many are taken", lambda: raw.request(url + "/embed", {"inputs": ["x"] * limit})[0] == 200 and raw.request(url + "/embed", {"inputs": ["x"] * (limit + 1)})[0] in (413, 422))


def refused(path, body, *statuses, **headers):
    status, _, content = raw.request(url + path, body, **headers)
    assert status in statuses, (status, content)
    return isinstance(content["error"], str) and isinstance(content["error_type"], str)


c("/embed_all: CLIP has no vector a token", lambda: refused("/embed_all", {"inputs": "x"}, 400, 422, 424))
c("/embed_sparse: nor a sparse one", lambda: refused("/embed_sparse", {"inputs": "x"}, 400, 404, 422, 424))
c("an empty text: 400 Empty", lambda: refused("/embed", {"inputs": ""}, 400))
c("too long without truncation: 422", lambda: refused("/embed", {"inputs": "word " * 500, "truncate": False}, 422))
c("no JSON by its content type: 415", lambda: raw.request(url + "/embed", b'{"inputs":"x"}', content_type="text/plain")[0] == 415)
c.end()
