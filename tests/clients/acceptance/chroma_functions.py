"""Chroma: a collection whose embedding function is this server, by OpenAI's wire and by TEI's."""

import _kit as k
import _reference as r

url, c = k.base(), k.Checks()
import chromadb
import openai
from chromadb.utils.embedding_functions import HuggingFaceEmbeddingServer, OpenAIEmbeddingFunction

model = k.model(url)
print(f"# chromadb {chromadb.__version__}, model {model}")
wanted, pictures = r.texts(url), r.images(url)
functions = {
    "OpenAIEmbeddingFunction": OpenAIEmbeddingFunction(api_key=k.KEY, api_base=url + k.PREFIX, model_name=model),
    "HuggingFaceEmbeddingServer": HuggingFaceEmbeddingServer(url=url + "/embed", api_key=k.KEY),
}
store = chromadb.EphemeralClient()
for name, function in functions.items():
    c(f"{name}: texts in order", lambda: r.all_same(function(k.TEXTS), wanted))
    kept = store.create_collection(name, embedding_function=function, metadata={"hnsw:space": "cosine"})
    kept.add(ids=["0", "1", "2"], documents=k.TEXTS)

    def found(**query):
        return kept.query(n_results=1, **query)["ids"][0][0]

    c(f"{name}: a collection finds its own texts", lambda: [found(query_texts=[text]) for text in k.TEXTS] == ["0", "1", "2"])
    if k.SEMANTIC:
        c(f"{name}: pictures find their texts", lambda: [found(query_embeddings=[v]) for v in pictures] == ["0", "1"])
stranger = OpenAIEmbeddingFunction(api_key=k.KEY, api_base=url + k.PREFIX, model_name="no-such-model")
c.raises("an unknown model is NotFoundError", lambda: stranger(["x"]), status_code=404, test=lambda e: isinstance(e, openai.NotFoundError))
c.end()
