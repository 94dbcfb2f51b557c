"""tritonclient's gRPC client: calls, streams and its async twin. ACCEPT_GRPC is the gRPC port's HOST:PORT."""

import asyncio
import io
import os
import queue

import _kit as k
import _reference as r

url, c = k.base(), k.Checks()
import grpc
import numpy as np
import PIL.Image
import tritonclient.grpc as triton
import tritonclient.grpc.aio as triton_async
from tritonclient.grpc import service_pb2, service_pb2_grpc
from tritonclient.utils import InferenceServerException

address, model = os.environ["ACCEPT_GRPC"], k.model(url)
KEY = {"authorization": f"Bearer {k.KEY}"}
client = triton.InferenceServerClient(address)
print(f"# tritonclient.grpc, model {model}")
wanted, pictures = r.texts(url), r.images(url)


def tensor(name, items):
    if name == "PIXELS":
        values, kind = np.stack([np.asarray(PIL.Image.open(io.BytesIO(item)).convert("RGB")) for item in items]), "UINT8"
    else:
        values, kind = np.array([item if isinstance(item, bytes) else item.encode() for item in items], dtype=object), "BYTES"
    given = triton.InferInput(name, list(values.shape), kind)
    given.set_data_from_numpy(values)
    return given


def infer(name, items, **more):
    return client.infer(more.pop("model", model), [tensor(name, items)], headers=KEY, **more)


def vectors(answer):
    return answer.as_numpy("EMBEDDING")


is_error = lambda *codes: lambda e: isinstance(e, InferenceServerException) and e.status() in {f"StatusCode.{c}" for c in codes} and e.message()

print("# about the server")
c("live and ready", lambda: client.is_server_live(headers=KEY) and client.is_server_ready(headers=KEY))
c("is_model_ready", lambda: client.is_model_ready(model, headers=KEY) and client.is_model_ready("no-such-model", headers=KEY) is False)
c("server metadata", lambda: client.get_server_metadata(headers=KEY).name != "")
described = client.get_model_metadata(model, headers=KEY)
c("model metadata: TEXT, IMAGE and PIXELS in, EMBEDDING out", lambda: [i.name for i in described.inputs] == ["TEXT", "IMAGE", "PIXELS"] and [
    (o.name, o.datatype, list(o.shape)) for o in described.outputs] == [("EMBEDDING", "FP32", [-1, len(wanted[0])])])
c("metadata of a version", lambda: client.get_model_metadata(model, described.versions[-1], headers=KEY).name == model)
c("config: both inputs optional, no batching of shapes", lambda: (lambda m: m.name == model and m.max_batch_size == 0 and all(
    i.optional for i in m.input))(client.get_model_config(model, headers=KEY).config))
c("the index says READY", lambda: {m.state for m in client.get_model_repository_index(headers=KEY).models if m.name == model} == {"READY"})


def counted():
    stats = client.get_inference_statistics(model, headers=KEY).model_stats[0]
    return stats.inference_count, stats.inference_stats.success.count


def counting():
    before = counted()
    infer("TEXT", k.TEXTS)
    return all(b > a for a, b in zip(before, counted()))


c("statistics count up", counting)

print("# infer")
c("TEXT", lambda: r.all_same(vectors(infer("TEXT", k.TEXTS)), wanted))
c("IMAGE", lambda: r.all_same(vectors(infer("IMAGE", [k.RED, k.BLUE])), pictures))
c("PIXELS of the model's own size", lambda: r.all_same(vectors(infer("PIXELS", [k.RED, k.BLUE])), pictures))
c("300 texts in one request", lambda: r.all_same(vectors(infer("TEXT", k.TEXTS * 100)), wanted * 100))
c("an output by name", lambda: r.all_same(vectors(infer("TEXT", k.TEXTS, outputs=[triton.InferRequestedOutput("EMBEDDING")])), wanted))
c("id, model and version come back", lambda: (lambda a: a.id == "abc-1" and a.model_name == model and a.model_version == described.versions[-1])(
    infer("TEXT", ["x"], request_id="abc-1").get_response()))
c("version, priority, timeout and parameters", lambda: r.all_same(vectors(infer(
    "TEXT", k.TEXTS, model_version=described.versions[-1], priority=1, timeout=30_000_000, parameters={"mine": "x", "count": 3})), wanted))
for algorithm in ("gzip", "deflate"):
    c(f"compressed: {algorithm}", lambda: r.all_same(vectors(infer("TEXT", k.TEXTS, compression_algorithm=algorithm)), wanted))


def plain():
    """Typed contents, as clients of KServe's own proto send them, in place of raw ones."""
    stub = service_pb2_grpc.GRPCInferenceServiceStub(grpc.insecure_channel(address))
    request = service_pb2.ModelInferRequest(model_name=model)
    given = request.inputs.add(name="TEXT", datatype="BYTES", shape=[3])
    given.contents.bytes_contents.extend(text.encode() for text in k.TEXTS)
    answer = triton.InferResult(stub.ModelInfer(request, metadata=list(KEY.items())))
    return r.all_same(vectors(answer), wanted)


c("typed contents", plain)


def together():
    answers = queue.Queue()
    for i in range(12):
        client.async_infer(model, [tensor("TEXT", [k.TEXTS[i % 3]])], lambda result, error: answers.put((result, error)), request_id=str(i), headers=KEY)
    for _ in range(12):
        result, error = answers.get(timeout=60)
        assert error is None, error
        assert r.same(vectors(result)[0], wanted[int(result.get_response().id) % 3])
    return True


c("async_infer, 12 at once, each its own answer", together)


def stream(requests):
    """What a stream answers to tensors, in order: results or errors."""
    answers = queue.Queue()
    with triton.InferenceServerClient(address) as other:
        other.start_stream(lambda result, error: answers.put(error or result), headers=KEY)
        for i, given in enumerate(requests):
            other.async_stream_infer(model, [given], request_id=str(i))
        got = [answers.get(timeout=60) for _ in requests]
        other.stop_stream()
    return got


c("a stream, in order", lambda: r.all_same([vectors(a)[0] for a in stream([tensor("TEXT", [k.TEXTS[i % 3]]) for i in range(9)])], wanted * 3))


def through_a_fault():
    good, bad, after = stream([tensor("TEXT", k.TEXTS[:1]), tensor("IMAGE", [b"nonsense"]), tensor("IMAGE", [k.RED])])
    assert isinstance(bad, InferenceServerException), bad
    return r.same(vectors(good)[0], wanted[0]) and r.same(vectors(after)[0], pictures[0])


c("a stream goes on after a request that fails", through_a_fault)


async def twin():
    async with triton_async.InferenceServerClient(address) as other:
        assert await other.is_server_ready(headers=KEY)
        answers = await asyncio.gather(*(other.infer(model, [tensor("TEXT", [text])], headers=KEY) for text in k.TEXTS))
        return r.all_same([vectors(answer)[0] for answer in answers], wanted)


c("tritonclient.grpc.aio", lambda: asyncio.run(twin()))
if k.SEMANTIC:
    c("semantic", lambda: [r.nearest(v, wanted) for v in vectors(infer("IMAGE", [k.RED, k.BLUE]))] == [0, 1])

print("# errors, as the client raises them")
c.raises("an unknown model: NOT_FOUND, with the names there are", lambda: infer("TEXT", ["x"], model="no-such-model"),
         test=lambda e: is_error("NOT_FOUND")(e) and model in e.message())
c.raises("metadata of an unknown model", lambda: client.get_model_metadata("no-such-model", headers=KEY), test=is_error("NOT_FOUND"))
c.raises("bytes that are no image", lambda: infer("IMAGE", [b"nonsense"]), test=is_error("INVALID_ARGUMENT"))
c.raises("an unknown input", lambda: infer("NOPE", ["x"]), test=is_error("INVALID_ARGUMENT"))
c.raises("an unknown output", lambda: infer("TEXT", ["x"], outputs=[triton.InferRequestedOutput("NOPE")]), test=is_error("INVALID_ARGUMENT"))


def both_ways():
    request = service_pb2.ModelInferRequest(model_name=model, raw_input_contents=[b"\1\0\0\0x"])
    request.inputs.add(name="TEXT", datatype="BYTES", shape=[1]).contents.bytes_contents.append(b"x")
    service_pb2_grpc.GRPCInferenceServiceStub(grpc.insecure_channel(address)).ModelInfer(request, metadata=list(KEY.items()))


c.raises("raw and typed contents together", both_ways, test=lambda e: e.code() is grpc.StatusCode.INVALID_ARGUMENT)
c.raises("a client's deadline", lambda: infer("TEXT", k.TEXTS * 2000, client_timeout=0.001), test=is_error("DEADLINE_EXCEEDED"))
c.end()
