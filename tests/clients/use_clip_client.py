"""What a user does with clip_client, of whatever generation: prints what it sees as one JSON object.

usage: use_clip_client.py SERVER IMAGE [CA]
"""

import asyncio
import json
import sys
import warnings

warnings.filterwarnings("ignore")

import clip_client
import docarray
import jina
from clip_client import Client
from docarray import Document, DocumentArray

server, image = sys.argv[1:3]
client = Client(server)
seen = {"versions": [clip_client.__version__, jina.__version__, docarray.__version__]}

TEXTS = ["a red circle", "a blue star", "two green squares"]

vectors = client.encode(TEXTS + [image])
seen["shape"] = list(vectors.shape)
seen["dtype"] = str(vectors.dtype)
seen["vectors"] = vectors.tolist()

# More than one request of a stream. Over HTTP clients before 0.8 take answers as they come, so
# that only ids tell whose they are.
many = [f"a {colour} circle, number {i}" for i in range(10) for colour in ("red", "blue")]


def by_id(batch_size):
    sent = DocumentArray([Document(id=text, text=text) for text in many])
    answered = client.encode(sent, batch_size=batch_size)
    return {document.id: document.embedding for document in answered}


whole, pieces = by_id(32), by_id(3)
seen["pieces"] = float(max(abs(whole[text] - pieces[text]).max() for text in many))

# Documents keep their ids and their order.
docs = DocumentArray([Document(id=f"d{i}", text=text) for i, text in enumerate(TEXTS)])
embedded = client.encode(docs)
seen["ids"] = embedded[:, "id"]
seen["documents"] = float(abs(embedded.embeddings - vectors[:3]).max())

# The pixels, and the file's bytes, of one picture are one picture.
with open(image, "rb") as file:
    blob = Document(blob=file.read())
loaded = Document(uri=image).load_uri_to_image_tensor()
pictures = client.encode(DocumentArray([blob, loaded]))
seen["pictures"] = float(abs(pictures.embeddings - vectors[3]).max())

profile = client.profile("a red circle")
seen["profile"] = sorted(profile)

if hasattr(client, "rank"):
    query = Document(
        uri=image, matches=[Document(text=text) for text in TEXTS]
    )
    ranked = client.rank(DocumentArray([query]))
    seen["ranked"] = [
        [match.text, match.scores["clip_score"].value] for match in ranked[0].matches
    ]


async def at_the_same_time():
    # A client of the first generation mixes up the answers of one object's calls.
    calls = [Client(server).aencode(TEXTS) for _ in range(4)]
    return float(max(abs(answer - vectors[:3]).max() for answer in await asyncio.gather(*calls)))


seen["async"] = asyncio.run(at_the_same_time())

# What cannot be embedded is an error that the caller sees.
try:
    answer = client.encode(DocumentArray([Document(blob=b"no picture")]))
    seen["error"] = f"none: {answer.embeddings!r}"
except Exception as error:
    seen["error"] = f"{type(error).__name__}: {error}"

print(json.dumps(seen))
