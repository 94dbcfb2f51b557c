"""The cohere client's rerank: texts in the order of their cosine with a query; and exact values of embed."""

import _kit as k
import _reference as r

url, c = k.base(), k.Checks()
import cohere

model = k.model(url)
print(f"# cohere, model {model}")
client = cohere.ClientV2(api_key=k.KEY, base_url=url, timeout=60)
wanted, pictures = r.texts(url), r.images(url)


def embed(**more):
    return client.embed(model=model, embedding_types=["float"], **{"input_type": "search_document", **more}).embeddings.float_


c("texts have Jina's vectors", lambda: r.all_same(embed(texts=k.TEXTS), wanted))
c("images have Jina's vectors", lambda: r.all_same(embed(images=[k.uri(k.RED), k.uri(k.BLUE)], input_type="image"), pictures))
c("output_dimension", lambda: r.same(embed(texts=k.TEXTS[:1], output_dimension=8)[0], r.unit(wanted[0][:8])))
c.raises("an image that cannot be read is BadRequestError", lambda: embed(images=[k.uri(b"nonsense")], input_type="image"),
         status_code=400, test=lambda e: isinstance(e, cohere.BadRequestError) and e.body["message"])
c.raises("too long with truncate NONE is a 4xx", lambda: embed(texts=["word " * 500], truncate="NONE"), status_code={400, 422})

documents = [k.TEXTS[1], k.TEXTS[0], k.TEXTS[2]]
ranked = client.rerank(model=model, query=k.TEXTS[0], documents=documents)
c("rerank: the same text first, best first", lambda: ranked.results[0].index == 1 and len(ranked.results) == 3 and [
    x.relevance_score for x in ranked.results] == sorted((x.relevance_score for x in ranked.results), reverse=True))
c("rerank: id", lambda: bool(ranked.id))
c("rerank: top_n", lambda: len(client.rerank(model=model, query="x", documents=documents, top_n=2).results) == 2)
c.raises("rerank: an unknown model is NotFoundError", lambda: client.rerank(model="no-such-model", query="x", documents=documents), status_code=404)

older = cohere.Client(api_key=k.KEY, base_url=url)
c("the older client: embed", lambda: r.all_same(older.embed(texts=k.TEXTS, model=model, input_type="search_document").embeddings, wanted))
c("the older client: rerank", lambda: older.rerank(query=k.TEXTS[0], documents=documents, model=model).results[0].index == 1)
c.end()
