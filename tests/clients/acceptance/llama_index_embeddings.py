"""LlamaIndex: its OpenAI embeddings with another address, and those for servers like OpenAI's."""

import asyncio

import _kit as k
import _reference as r

url, c = k.base(), k.Checks()
import openai
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.embeddings.openai_like import OpenAILikeEmbedding

model = k.model(url)
print(f"# llama-index-embeddings-openai, -openai-like, model {model}")
wanted = r.texts(url)
settings = dict(model_name=model, api_base=url + k.PREFIX, api_key=k.KEY, max_retries=0)
for kind in (OpenAIEmbedding, OpenAILikeEmbedding):
    name = kind.__name__
    embed = kind(**settings)
    c(f"{name}: one text", lambda: r.same(embed.get_text_embedding(k.TEXTS[0]), wanted[0]))
    c(f"{name}: a query", lambda: r.same(embed.get_query_embedding(k.TEXTS[1]), wanted[1]))
    c(f"{name}: a batch in order", lambda: r.all_same(embed.get_text_embedding_batch(k.TEXTS), wanted))
    pairs = kind(**settings, embed_batch_size=2)
    c(f"{name}: batches of two", lambda: r.all_same(pairs.get_text_embedding_batch(k.TEXTS * 3), wanted * 3))
    c(f"{name}: async", lambda: r.all_same(asyncio.run(kind(**settings).aget_text_embedding_batch(k.TEXTS)), wanted))
    short = kind(**settings, dimensions=8)
    c(f"{name}: dimensions", lambda: r.same(short.get_text_embedding(k.TEXTS[0]), r.unit(wanted[0][:8])))
    stranger = kind(**{**settings, "model_name": "no-such-model"})
    c.raises(f"{name}: an unknown model is NotFoundError", lambda: stranger.get_text_embedding("x"),
             status_code=404, code="model_not_found", test=lambda e: isinstance(e, openai.NotFoundError))
c.end()
