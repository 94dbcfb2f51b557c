"""infinity-client's other calls: rerank, and classify, which there is for CLIP here alone; old and new ways for images."""

import _kit as k
import _reference as r

url, c = k.base(), k.Checks()
from infinity_client import AuthenticatedClient
from infinity_client.api.default import classify, embeddings, rerank
from infinity_client.models import (ClassifyInput, OpenAIEmbeddingInputImage, OpenAIEmbeddingInputImageModality,
                                    OpenAIEmbeddingInputText, RerankInput)

k.PREFIX = ""
model = k.model(url)
print(f"# infinity-client, model {model}")
client = AuthenticatedClient(base_url=url, token=k.KEY, raise_on_unexpected_status=True, timeout=60)
wanted, pictures = r.texts(url), r.images(url)
vectors = lambda body: [item.embedding for item in embeddings.sync(client=client, body=body).data]
Image = lambda **more: OpenAIEmbeddingInputImage(modality=OpenAIEmbeddingInputImageModality.IMAGE, **more)
c("texts have Jina's vectors", lambda: r.all_same(vectors(OpenAIEmbeddingInputText(model=model, input_=k.TEXTS)), wanted))
c("images have Jina's vectors", lambda: r.all_same(vectors(Image(model=model, input_=[k.uri(k.RED), k.uri(k.BLUE)])), pictures))
c("dimensions", lambda: k.cos(vectors(OpenAIEmbeddingInputText(model=model, input_=k.TEXTS[:1], dimensions=8))[0], wanted[0][:8]) > 1 - 1e-6)
c("without a model's name", lambda: r.all_same(vectors(OpenAIEmbeddingInputText(input_=k.TEXTS)), wanted))

documents = [k.TEXTS[1], k.TEXTS[0], k.TEXTS[2]]
ranked = rerank.sync(client=client, body=RerankInput(model=model, query=k.TEXTS[0], documents=documents, return_documents=True))
scores = [result.relevance_score for result in ranked.results]
c("rerank: the same text first, best first", lambda: ranked.results[0].index == 1 and scores == sorted(scores, reverse=True) and len(scores) == 3)
c("rerank: documents come back", lambda: [result.document for result in ranked.results] == [documents[result.index] for result in ranked.results])
c("rerank: top_n", lambda: len(rerank.sync(client=client, body=RerankInput(model=model, query="x", documents=documents, top_n=2)).results) == 2)
c.end()
