"""Haystack's OpenAI embedders with another address: a text, documents, both of them async."""

import asyncio

import _kit as k
import _reference as r

url, c = k.base(), k.Checks()
import openai
from haystack import Document
from haystack.components.embedders import OpenAIDocumentEmbedder, OpenAITextEmbedder
from haystack.utils import Secret

model = k.model(url)
print(f"# haystack-ai, model {model}")
wanted = r.texts(url)
settings = dict(api_key=Secret.from_token(k.KEY), api_base_url=url + k.PREFIX, model=model, max_retries=0)
text = OpenAITextEmbedder(**settings)
answer = text.run(k.TEXTS[0])
c("a text", lambda: r.same(answer["embedding"], wanted[0]))
c("its meta: model and usage", lambda: answer["meta"]["model"] == model and answer["meta"]["usage"]["prompt_tokens"] > 0)
c("a text, async", lambda: r.same(asyncio.run(text.run_async(k.TEXTS[0]))["embedding"], wanted[0]))
documents = OpenAIDocumentEmbedder(**settings, batch_size=2, progress_bar=False)


def embedded(answer):
    return [document.embedding for document in answer["documents"]]


some = lambda: [Document(content=text) for text in k.TEXTS]
c("documents in order, batches of two", lambda: r.all_same(embedded(documents.run(some())), wanted))
c("documents, async", lambda: r.all_same(embedded(asyncio.run(documents.run_async(some()))), wanted))
c("dimensions", lambda: r.same(OpenAITextEmbedder(**settings, dimensions=8).run(k.TEXTS[0])["embedding"], r.unit(wanted[0][:8])))
stranger = OpenAITextEmbedder(**{**settings, "model": "no-such-model"})
c.raises("an unknown model is NotFoundError", lambda: stranger.run("x"), status_code=404, code="model_not_found",
         test=lambda e: isinstance(e, openai.NotFoundError))
c.end()
