"""Asks all of an indexer with Jina's own client: prints what it sees as one JSON object.

usage: manage_index.py SERVER
"""

import json
import sys
import warnings

warnings.filterwarnings("ignore")

from docarray import Document, DocumentArray
from jina import Client

client = Client(host=sys.argv[1])
seen = {}


def ask(on, docs=None, **parameters):
    inputs = None if docs is None else DocumentArray(docs)
    return client.post(on=on, inputs=inputs, parameters=parameters)


def ids(**parameters):
    return ask("/filter", **parameters)[:, "id"]


def status():
    tags = ask("/status")[0].tags
    # Over HTTP this client makes booleans of 0 and 1.
    sizes = [int(tags[key]) for key in ("total_docs", "index_size", "appending_size")]
    return [*sizes, tags["metric"]]


ask("/clear")
ask("/index", [Document(id=f"d{i}", text=f"text {i}", tags={"n": i}) for i in range(5)])
seen["status"] = status()
seen["ids"] = ids()
seen["filter"] = ids(filter={"n": {"$gt": 2}}, limit=1, offset=1)

ask("/backup", target_name="five")
ask("/update", [Document(id="d1", text="another", tags={"n": 50}), Document(id="none", text="x")])
seen["updated"] = [document.text for document in ask("/filter", filter={"n": {"$eq": 50}})]
ask("/delete", [Document(id="d0")])
ask("/delete", ids=["d2", "never"])
seen["deleted"] = ids()
filled = ask("/fill_embedding", [Document(id="d3")])[0]
seen["filled"] = list(filled.embedding.shape)
ask("/clear")
seen["cleared"] = status()[:1]
ask("/restore", source_name="five")
seen["restored"] = ids()

for name, call in {
    "not_found": lambda: ask("/delete", ids=["never"], raise_errors_on_not_found=True),
    "restore": lambda: ask("/restore", source_name="nowhere"),
    "parameter": lambda: ask("/search", [Document(text="a")], limit=0),
}.items():
    try:
        call()
        seen[name] = "none"
    except Exception as error:
        seen[name] = f"{type(error).__name__}: {error}"

print(json.dumps(seen))
