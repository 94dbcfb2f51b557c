"""Hugging Face's clients of TEI: InferenceClient.feature_extraction and LangChain's HuggingFaceEndpointEmbeddings."""

import asyncio

import _kit as k
import _reference as r

url, c = k.base(), k.Checks()
import huggingface_hub
from huggingface_hub import AsyncInferenceClient, InferenceClient
from huggingface_hub.errors import HfHubHTTPError
from langchain_huggingface import HuggingFaceEndpointEmbeddings

print(f"# huggingface_hub {huggingface_hub.__version__}, langchain-huggingface")
wanted = r.texts(url)
for address in (url + "/embed", url):
    client = InferenceClient(model=address, token=k.KEY)
    where = "/embed" if address.endswith("/embed") else "the bare address"
    c(f"{where}: texts in order", lambda: r.all_same(client.feature_extraction(k.TEXTS), wanted))
    c(f"{where}: one text is a list of one", lambda: r.all_same(client.feature_extraction(k.TEXTS[0]), wanted[:1]))
client = InferenceClient(model=url + "/embed", token=k.KEY)
c("normalize=False points the same way", lambda: k.cos(client.feature_extraction(k.TEXTS[0], normalize=False)[0], wanted[0]) > 1 - 1e-6)
c("normalize=True", lambda: r.same(client.feature_extraction(k.TEXTS[0], normalize=True)[0], wanted[0]))
c("dimensions", lambda: r.same(client.feature_extraction(k.TEXTS[0], dimensions=8)[0], r.unit(wanted[0][:8])))
long = "word " * 500
for side in ("Left", "Right"):
    c(f"truncate, from the {side}", lambda: len(client.feature_extraction(long, truncate=True, truncation_direction=side)) == 1)
c("async", lambda: r.all_same(asyncio.run(AsyncInferenceClient(model=url + "/embed", token=k.KEY).feature_extraction(k.TEXTS)), wanted))
status = lambda e: e.response.status_code
c.raises("too long with truncate=False is a 422", lambda: client.feature_extraction(long, truncate=False),
         test=lambda e: isinstance(e, HfHubHTTPError) and status(e) == 422)
c.raises("dimensions out of range are a 422", lambda: client.feature_extraction("x", dimensions=10 ** 6),
         test=lambda e: isinstance(e, HfHubHTTPError) and status(e) == 422)
c.raises("an empty list is a 400", lambda: client.feature_extraction([]),
         test=lambda e: isinstance(e, HfHubHTTPError) and status(e) == 400)

chain = HuggingFaceEndpointEmbeddings(model=url, huggingfacehub_api_token=k.KEY)
c("LangChain: documents in order", lambda: r.all_same(chain.embed_documents(k.TEXTS), wanted))
c("LangChain: a query", lambda: r.same(chain.embed_query(k.TEXTS[1]), wanted[1]))
c("LangChain: async", lambda: r.all_same(asyncio.run(chain.aembed_documents(k.TEXTS)), wanted))
c.end()
