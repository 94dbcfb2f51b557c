"""Calls endpoints of any name with Jina's own client: prints what came of each as one JSON object.

usage: call_endpoints.py SERVER ENDPOINT...
"""

import json
import sys
import warnings

warnings.filterwarnings("ignore")

from docarray import Document, DocumentArray
from jina import Client

server, *endpoints = sys.argv[1:]
client = Client(host=server)


def call(on, client=client):
    matches = [Document(text="a red circle"), Document(text="a blue star")]
    document = Document(id="d", text="a red circle", matches=matches)
    try:
        answer = client.post(on=on, inputs=DocumentArray([document]))[0]
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    scores = [match.scores["clip_score"].value for match in answer.matches if match.scores]
    return {"embedding": answer.embedding.tolist(), "scores": scores}


seen = {on: call(on) for on in endpoints}

print(json.dumps(seen))
