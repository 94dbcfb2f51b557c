"""Databases and search engines that call an embedder themselves, by the bodies of their requests: Milvus,
Elasticsearch, OpenSearch, Vespa, Meilisearch, pgai."""

import json

import _kit as k
import _raw as raw
import _reference as r

url, c = k.base(), k.Checks()
model = k.model(url)
print(f"# databases' requests, model {model}")
wanted, pictures = r.texts(url), r.images(url)
post = lambda path, body, **headers: raw.ok(url + path, body, **headers)
openai = lambda body, **headers: [d["embedding"] for d in post("/v1/embeddings", {"model": model, **body}, **headers)["data"]]

print("# Milvus: TEXTEMBEDDING functions")
tei = {"inputs": k.TEXTS, "truncate": True, "truncation_direction": "Left", "prompt_name": None}
c("Milvus, TEI", lambda: r.all_same(post("/embed", tei), wanted))
c("Milvus, TEI: 32 a request", lambda: r.all_same(post("/embed", {"inputs": (k.TEXTS * 11)[:32]}), (wanted * 11)[:32]))
c("Milvus, OpenAI: 128 a request, user", lambda: r.all_same(openai({"input": (k.TEXTS * 43)[:128], "user": "", "encoding_format": "float"}), (wanted * 43)[:128]))
c("Milvus, Cohere", lambda: r.all_same(post("/v2/embed", {
    "model": model, "texts": k.TEXTS, "input_type": "search_document", "embedding_types": ["float"], "truncate": "END"})["embeddings"]["float"], wanted))

print("# Elasticsearch: inference services")
c("Elasticsearch, openai with url", lambda: r.all_same(openai({"input": k.TEXTS, "user": "me"}), wanted))
c("Elasticsearch, hugging_face with url", lambda: r.all_same(post("/embed", {"inputs": k.TEXTS}), wanted))
c("Elasticsearch, hugging_face on the bare address", lambda: r.all_same(post("/", {"inputs": k.TEXTS}), wanted))
custom = post("/v1/embeddings", {"input": k.TEXTS, "model": model})
c("Elasticsearch, custom: $.data[*].embedding", lambda: r.all_same([d["embedding"] for d in custom["data"]], wanted))
c("Elasticsearch, jinaai: texts and images", lambda: r.all_same(openai({
    "input": [{"text": k.TEXTS[0]}, {"image": k.b64(k.RED)}], "embedding_type": "float", "task": "retrieval.passage"}), [wanted[0], pictures[0]]))

print("# OpenSearch: ML Commons connectors")
c("OpenSearch, connector.pre_process.openai.embedding", lambda: r.all_same(openai({"input": k.TEXTS}), wanted))
c("OpenSearch, connector.pre_process.cohere.embedding", lambda: r.all_same(post("/v2/embed", {
    "texts": k.TEXTS, "truncate": "END", "input_type": "search_document", "model": model, "embedding_types": ["float"]})["embeddings"]["float"], wanted))
c("OpenSearch, an image by Cohere's connector", lambda: r.all_same(post("/v2/embed", {
    "images": [k.uri(k.RED)], "input_type": "image", "model": model, "embedding_types": ["float"]})["embeddings"]["float"], pictures[:1]))

print("# Vespa, Meilisearch, pgai")
c("Vespa, openai-embedder", lambda: r.all_same(openai({"input": k.TEXTS[0]}, accept="application/json"), wanted[:1]))
c("Meilisearch, rest: {{text}} and {{..}}", lambda: r.all_same(openai({"input": k.TEXTS}), wanted))
c("Meilisearch, rest: an image in a fragment", lambda: r.all_same(openai({"input": [{"image": k.b64(k.RED)}]}), pictures[:1]))
c("Meilisearch, openAi with url", lambda: r.all_same(openai({"input": k.TEXTS}, user_agent="Meilisearch"), wanted))
c("pgai, ai.openai_embed with base_url", lambda: r.all_same(openai({"input": k.TEXTS, "encoding_format": "float"}, accept_encoding="identity"), wanted))


def charset():
    body = json.dumps({"input": [k.TEXTS[0]], "model": model}).encode()
    return r.all_same([d["embedding"] for d in raw.ok(f"{url}/v1/embeddings", body, content_type="application/json; charset=UTF-8")["data"]], wanted[:1])


c("a content type with a charset, as Java's clients send", charset)
c.end()
