"""Indexes and searches as clip-as-service's pages tell it: prints what it sees as one JSON object.

usage: index_and_search.py SERVER IMAGE OTHER_IMAGE
"""

import asyncio
import json
import sys
import warnings

warnings.filterwarnings("ignore")

import clip_client
from clip_client import Client
from docarray import Document, DocumentArray

server, image, other = sys.argv[1:4]
client = Client(server)
newer = clip_client.__version__ >= "0.8"
seen = {"version": clip_client.__version__}


def found(results):
    """What is there of each document's matches: text or the end of the uri, and the distance."""
    return [
        [[match.text or match.uri[-7:], match.scores["cosine"].value] for match in result.matches]
        for result in results
    ]


# Plain strings: texts, and the path of a picture.
TEXTS = ["a red circle", "a blue star", "two green squares"]
indexed = client.index(TEXTS + [image], batch_size=2)
embeddings = indexed.embeddings if isinstance(indexed, DocumentArray) else indexed
seen["strings"] = list(embeddings.shape)

# Documents, with tags.
docs = DocumentArray(
    [Document(id=f"n{n}", text=f"number {n}", tags={"n": n, "even": str(n % 2 == 0)}) for n in range(20)]
    + [Document(id="picture", uri=other, tags={"n": 100})]
)
answered = client.index(docs, batch_size=8)
seen["documents"] = [len(answered), list(answered.embeddings.shape), sorted(answered[:, "id"])[0]]

seen["text"] = found(client.search(["a blue star"], limit=3))
seen["image"] = found(client.search([image], limit=1))
seen["several"] = found(client.search(["number 3", other, "two green squares"], limit=1, batch_size=2))
seen["default"] = len(client.search(["number 3"])[0].matches)

# Documents that ask, filters, and what a match carries.
query = DocumentArray([Document(id="q", text="number 7")])
results = client.search(query, limit=4, parameters={"filter": {"n": {"$gte": 15, "$lt": 18}}})
seen["filter"] = sorted(match.tags["n"] for match in results[0].matches)
results = client.search(
    DocumentArray([Document(text="number 7")]),
    limit=1,
    parameters={"filter": {"$and": [{"even": {"$eq": "False"}}, {"n": {"$in": [7, 8]}}]}},
)
match = results[0].matches[0]
seen["match"] = [match.id, match.text, match.tags["n"], match.embedding is not None]
results = client.search(
    DocumentArray([Document(text="number 7")]), limit=2, parameters={"only_id": True}
)
seen["only_id"] = [[match.id[:1], match.text] for match in results[0].matches][:1]


async def at_the_same_time():
    await asyncio.gather(
        *[client.aindex(DocumentArray([Document(id=f"async{i}", text=f"async {i}")])) for i in range(4)]
    )
    answers = await asyncio.gather(*[client.asearch([f"async {i}"], limit=1) for i in range(4)])
    return [found(answer)[0][0][0] for answer in answers]




def bad():
    return client.search(["a"], parameters={"filter": {"colour": {"$eq": "red"}}})


if newer:
    seen["async"] = asyncio.run(at_the_same_time())
    calls = []
    client.index(
        ["told"],
        on_done=lambda response: calls.append("done"),
        on_always=lambda response: calls.append("always"),
    )
    seen["index_callbacks"] = sorted(calls)
    matches = []
    client.search(
        ["told"],
        limit=1,
        on_done=lambda response: matches.append(response.docs[0].matches[0].text),
        on_error=lambda response: matches.append("error"),
    )
    seen["search_callbacks"] = matches
    errors = []
    client.search(
        ["a"],
        parameters={"filter": {"colour": {"$eq": "red"}}},
        on_error=lambda response: errors.append(response.status.description),
    )
    seen["on_error"] = errors
try:
    bad()
    seen["error"] = "none"
except Exception as error:
    seen["error"] = f"{type(error).__name__}: {error}"

print(json.dumps(seen))
