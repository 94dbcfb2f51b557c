"""tritonclient's HTTP client with every option it has: pictures and pixels, headers, compression, its async twin."""

import asyncio
import io

import _kit as k
import _reference as r

url, c = k.base(), k.Checks()
import numpy as np
import PIL.Image
import tritonclient.http as triton
import tritonclient.http.aio as triton_async
from tritonclient.utils import InferenceServerException

model, address = k.model(url), url.split("//")[-1]
client = triton.InferenceServerClient(address, concurrency=4)
client.register_plugin(type("Key", (), {"__call__": lambda self, request: request.headers.update({"authorization": f"Bearer {k.KEY}"})})())
print(f"# tritonclient.http, model {model}")
wanted, pictures = r.texts(url), r.images(url)


def tensor(name, items, binary=True):
    if name == "PIXELS":
        values, kind = np.stack([np.asarray(PIL.Image.open(io.BytesIO(item)).convert("RGB")) for item in items]), "UINT8"
    else:
        values, kind = np.array([item if isinstance(item, bytes) else item.encode() for item in items], dtype=object), "BYTES"
    given = triton.InferInput(name, list(values.shape), kind)
    given.set_data_from_numpy(values, binary_data=binary)
    return given


def infer(name, items, binary=True, **more):
    return client.infer(more.pop("model", model), [tensor(name, items, binary)], **more)


def vectors(answer):
    return answer.as_numpy("EMBEDDING")


is_error = lambda *statuses: lambda e: isinstance(e, InferenceServerException) and e.status() in {str(s) for s in statuses} and e.message()

print("# inputs")
c("TEXT", lambda: r.all_same(vectors(infer("TEXT", k.TEXTS)), wanted))
c("IMAGE", lambda: r.all_same(vectors(infer("IMAGE", [k.RED, k.BLUE])), pictures))
c("IMAGE as base64 in JSON", lambda: r.all_same(vectors(infer("IMAGE", [k.b64(k.RED), k.b64(k.BLUE)], binary=False)), pictures))
c("PIXELS of the model's own size", lambda: r.all_same(vectors(infer("PIXELS", [k.RED, k.BLUE])), pictures))
c("PIXELS in JSON", lambda: r.all_same(vectors(infer("PIXELS", [k.RED, k.BLUE], binary=False)), pictures))
c("300 texts in one request", lambda: r.all_same(vectors(infer("TEXT", k.TEXTS * 100)), wanted * 100))
c("the answer's shape is [n, dimensions], FP32", lambda: (lambda v: v.dtype == np.float32 and v.shape == (3, len(wanted[0])))(vectors(infer("TEXT", k.TEXTS))))

print("# options")
named = [triton.InferRequestedOutput("EMBEDDING", binary_data=False)]
c("an output by name, as JSON", lambda: r.all_same(vectors(infer("TEXT", k.TEXTS, outputs=named)), wanted))
c("headers and query parameters", lambda: r.all_same(vectors(infer("TEXT", k.TEXTS, headers={"x-mine": "1"}, query_params={"a": "b"})), wanted))
c("priority, timeout in microseconds and parameters of one's own", lambda: r.all_same(
    vectors(infer("TEXT", k.TEXTS, priority=1, timeout=30_000_000, parameters={"mine": "x", "count": 3})), wanted))
c("a sequence's ids do not matter", lambda: r.all_same(vectors(infer("TEXT", k.TEXTS, sequence_id=7, sequence_start=True, sequence_end=True)), wanted))
for sent in (None, "gzip", "deflate"):
    for got in ("gzip", "deflate"):
        c(f"sent {sent or 'plain'}, answered {got}", lambda: r.all_same(vectors(infer(
            "TEXT", k.TEXTS, request_compression_algorithm=sent, response_compression_algorithm=got)), wanted))
c("request id", lambda: infer("TEXT", ["x"], request_id="one/two").get_response()["id"] == "one/two")
body, head = triton.InferenceServerClient.generate_request_body([tensor("TEXT", k.TEXTS)])


def by_hand():
    import urllib.request
    headers = {"inference-header-content-length": str(head), "authorization": f"Bearer {k.KEY}", "content-type": "application/octet-stream"}
    with urllib.request.urlopen(urllib.request.Request(f"{url}/v2/models/{model}/infer", body, headers), timeout=60) as answer:
        size = answer.headers.get("inference-header-content-length")
        return triton.InferenceServerClient.parse_response_body(answer.read(), header_length=size and int(size))


c("generate_request_body and parse_response_body, sent by hand", lambda: r.all_same(vectors(by_hand()), wanted))
c("several async_infer at once, each its own answer", lambda: [
    r.same(vectors(call.get_result())[0], wanted[i % 3])
    for i, call in enumerate([client.async_infer(model, [tensor("TEXT", [k.TEXTS[i % 3]])]) for i in range(12)])] == [True] * 12)


async def twin():
    async with triton_async.InferenceServerClient(address) as other:
        other.register_plugin(client.plugin())
        assert await other.is_server_ready() and await other.is_model_ready(model)
        answers = await asyncio.gather(*(other.infer(model, [tensor("TEXT", [text])]) for text in k.TEXTS))
        return r.all_same([vectors(answer)[0] for answer in answers], wanted)


c("tritonclient.http.aio", lambda: asyncio.run(twin()))
if k.SEMANTIC:
    c("semantic", lambda: [r.nearest(v, wanted) for v in vectors(infer("IMAGE", [k.RED, k.BLUE]))] == [0, 1])

print("# about the server")
c("metadata: TEXT, IMAGE and PIXELS in, EMBEDDING out", lambda: (lambda m: [x["name"] for x in m["inputs"]] == ["TEXT", "IMAGE", "PIXELS"] and [
    (x["name"], x["datatype"], x["shape"]) for x in m["outputs"]] == [("EMBEDDING", "FP32", [-1, len(wanted[0])])])(client.get_model_metadata(model)))


def counted():
    stats = client.get_inference_statistics(model)["model_stats"][0]
    return int(stats["inference_count"]), int(stats["inference_stats"]["success"]["count"])


def counting():
    before = counted()
    infer("TEXT", k.TEXTS)
    after = counted()
    return all(b > a for a, b in zip(before, after))


c("statistics count up", counting)
c("statistics of all models", lambda: model in [s["name"] for s in client.get_inference_statistics()["model_stats"]])
c("the index says READY", lambda: {m["state"] for m in client.get_model_repository_index() if m["name"] == model} == {"READY"})

print("# errors, as the client raises them")
c.raises("an unknown model: 404, with the names there are", lambda: infer("TEXT", ["x"], model="no-such-model"), test=lambda e: is_error(404)(e) and model in e.message())
c.raises("metadata of an unknown model", lambda: client.get_model_metadata("no-such-model"), test=is_error(404))
c.raises("no such version", lambda: infer("TEXT", ["x"], model_version="99"), test=is_error(400, 404))
c.raises("bytes that are no image", lambda: infer("IMAGE", [b"nonsense"]), test=is_error(400))
c.raises("a bad image among good ones: which one", lambda: infer("IMAGE", [k.RED, b"nonsense"]), test=lambda e: is_error(400)(e) and "1" in e.message())
c.raises("an unknown output", lambda: infer("TEXT", ["x"], outputs=[triton.InferRequestedOutput("NOPE")]), test=is_error(400))
c.raises("no rows", lambda: client.infer(model, []), test=is_error(400))
c.raises("loading a model is not offered", lambda: client.load_model("other"), test=lambda e: isinstance(e, InferenceServerException))
c.raises("shared memory is not offered", lambda: client.register_system_shared_memory("a", "/a", 8), test=lambda e: isinstance(e, InferenceServerException))
c.end()
