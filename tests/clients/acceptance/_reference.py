"""What every dialect must give: the server's own vectors, asked for on Jina's wire and made one long."""

import json
import urllib.request

import _kit as k

# Largest difference of two values: of the same floats, and where pictures were compressed anew.
EXACT, LOSSY = 1e-5, 2e-3


def unit(vector):
    length = k.norm(vector)
    return [x / length for x in vector]


def encode(url, documents):
    """Unit vectors of Jina's documents."""
    body = json.dumps({"data": documents, "execEndpoint": "/"}).encode()
    headers = {"content-type": "application/json", "authorization": f"Bearer {k.KEY}"}
    request = urllib.request.Request(f"{url}/post", body, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return [unit(document["embedding"]) for document in json.load(answer)["data"]]


def texts(url, some=k.TEXTS):
    return encode(url, [{"text": text} for text in some])


def images(url, some=(k.RED, k.BLUE)):
    return encode(url, [{"blob": k.b64(image)} for image in some])


def same(given, wanted, tolerance=EXACT):
    """Whether two vectors agree in every value; tells by how much they do not."""
    given = [float(x) for x in given]
    assert len(given) == len(wanted), f"{len(given)} values, not {len(wanted)}"
    difference = max(abs(a - b) for a, b in zip(given, wanted))
    assert difference <= tolerance, f"values differ by up to {difference}"
    return True


def all_same(given, wanted, tolerance=EXACT):
    """The same of two lists of vectors, in order."""
    given = list(given)
    assert len(given) == len(wanted), f"{len(given)} vectors, not {len(wanted)}"
    return all(same(a, b, tolerance) for a, b in zip(given, wanted))


def nearest(vector, candidates):
    """The index of the candidate that points most nearly the same way."""
    return max(range(len(candidates)), key=lambda i: k.cos(vector, candidates[i]))
