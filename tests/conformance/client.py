"""What clip_client does on the wire, in a second implementation of every protocol.

python3-grpcio with stubs made from proto/, and aiohttp, as the original's clients have them. Prints
one JSON line a check: {"check": ..., "error": null or text}. Arguments: the stubs' directory, the
URLs of gRPC, HTTP and WebSocket, an image file, and with TLS the certificate to trust.
"""
import asyncio
import base64
import json
import ssl
import struct
import sys
import traceback
import uuid

stubs, grpc_url, http_url, ws_url, image_path = sys.argv[1:6]
certificate = sys.argv[6] if len(sys.argv) > 6 else None
sys.path.insert(0, stubs)

import aiohttp
import docarray_pb2
import grpc
import health_pb2
import health_pb2_grpc
import jina_pb2
import jina_pb2_grpc
from google.protobuf import empty_pb2, json_format

IMAGE = open(image_path, "rb").read()
SSL = ssl.create_default_context(cadata=open(certificate).read()) if certificate else None
CHECKS = []

# serve/helper.py of jina 3.20: no limits, and a ping every ten seconds; here a faster one.
OPTIONS = [
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    ("grpc.keepalive_time_ms", 100),
    ("grpc.keepalive_timeout_ms", 4999),
    ("grpc.keepalive_permit_without_calls", True),
    ("grpc.http2.max_pings_without_data", 0),
]
METADATA = (("__prefetch__", "100"), ("authorization", "a-token"))


def check(function):
    CHECKS.append(function)
    return function


def channel():
    target = grpc_url.split("://")[1]
    if certificate is None:
        return grpc.aio.insecure_channel(target, options=OPTIONS)
    credentials = grpc.ssl_channel_credentials(open(certificate, "rb").read())
    return grpc.aio.secure_channel(target, credentials, options=OPTIONS)


def new_id():
    return uuid.uuid4().hex


def text_doc(text):
    return docarray_pb2.DocumentProto(id=new_id(), text=text)


def blob_doc(blob):
    return docarray_pb2.DocumentProto(id=new_id(), blob=blob)


def request(docs, endpoint="/", parameters=None):
    made = jina_pb2.DataRequestProto()
    made.header.request_id = new_id()
    made.header.exec_endpoint = endpoint
    made.parameters.update(parameters or {"__results__": {}})
    made.data.docs.docs.extend(docs)
    return made


def batches(docs, size=8, **given):
    return [request(docs[i:i + size], **given) for i in range(0, len(docs), size)]


def embedding(doc):
    """As docarray reads it: by dtype, shape and class."""
    array = doc.embedding
    assert array.cls_name == "numpy", array.cls_name
    assert array.dense.dtype == "<f4", array.dense.dtype
    assert list(array.dense.shape) == [len(array.dense.buffer) // 4], array.dense.shape
    values = struct.unpack(f"<{len(array.dense.buffer) // 4}f", array.dense.buffer)
    assert any(values)
    return values


def served(response):
    assert not response.header.HasField("status"), response.header.status
    # profile(): clients divide by the whole milliseconds of the first route.
    first, second = response.routes
    assert first.executor == "gateway"
    assert first.end_time.ToMilliseconds() - first.start_time.ToMilliseconds() >= 1
    assert second.end_time.ToMilliseconds() >= second.start_time.ToMilliseconds()
    return list(response.data.docs.docs)


async def call(requests, **given):
    async def generate():
        for one in requests:
            yield one

    async with channel() as open_channel:
        stub = jina_pb2_grpc.JinaRPCStub(open_channel)
        return [one async for one in stub.Call(generate(), metadata=METADATA, **given)]


def same_order(requests, responses):
    assert [r.header.request_id for r in requests] == [r.header.request_id for r in responses]
    sent = [doc.id for one in requests for doc in one.data.docs.docs]
    assert sent == [doc.id for one in responses for doc in one.data.docs.docs]


@check
async def grpc_encode_texts():
    requests = batches([text_doc(f"a photo of {i} cats") for i in range(20)], endpoint="/encode")
    responses = await call(requests)
    same_order(requests, responses)
    vectors = [embedding(doc) for one in responses for doc in served(one)]
    assert len(set(vectors)) == 20


@check
async def grpc_encode_images_and_drop_them():
    given = {"endpoint": "/encode", "parameters": {"drop_image_content": True}}
    responses = await call(batches([blob_doc(IMAGE), text_doc("hi")], **given))
    image, text = served(responses[0])
    assert not image.HasField("blob") and text.text == "hi"
    assert embedding(image) != embedding(text)
    kept = served((await call(batches([blob_doc(IMAGE)])))[0])[0]
    assert kept.blob == IMAGE and embedding(kept) == embedding(image)


@check
async def grpc_encode_tensor():
    doc = docarray_pb2.DocumentProto(id="t")
    doc.tensor.dense.buffer = bytes(range(48)) * 16
    doc.tensor.dense.shape.extend([16, 16, 3])
    doc.tensor.dense.dtype = "|u1"
    doc.tensor.cls_name = "numpy"
    embedding(served((await call([request([doc])]))[0])[0])


@check
async def grpc_rank():
    root = text_doc("a picture")
    for content in ("one", "two", "three"):
        root.matches.append(docarray_pb2.DocumentProto(id=content, text=content, adjacency=1))
    root.matches.append(docarray_pb2.DocumentProto(id="image", blob=IMAGE, adjacency=1))
    ranked = served((await call([request([root], "/rank", {"drop_image_content": True})]))[0])[0]
    embedding(ranked)
    scores = [match.scores["clip_score"].value for match in ranked.matches]
    assert scores == sorted(scores, reverse=True) and abs(sum(scores) - 1) < 1e-5
    for match in ranked.matches:
        assert match.scores["clip_score"].op_name == "softmax"
        assert match.scores["clip_score_cosine"].op_name == "cosine"
        assert not match.HasField("embedding")
    assert next(m for m in ranked.matches if m.id == "image").blob == IMAGE


@check
async def grpc_profile():
    doc = docarray_pb2.DocumentProto(id="empty")
    (answered,) = served((await call([request([doc])]))[0])
    assert answered.id == "empty" and not answered.HasField("embedding")


@check
async def grpc_tags_and_unknown_fields_come_back():
    doc = text_doc("x")
    doc.tags.update({"__created_by_CAS__": True, "n": 1.5, "deep": {"list": [1, "a", None]}})
    doc.MergeFromString(b"\xfa\x3f\x03abc")  # field 1023, which nobody knows
    (answered,) = served((await call([request([doc])]))[0])
    assert json_format.MessageToDict(answered.tags) == json_format.MessageToDict(doc.tags)
    assert b"\xfa\x3f\x03abc" in answered.SerializeToString()


@check
async def grpc_failed_document():
    requests = [request([text_doc("a")]), request([blob_doc(b"no image")]), request([text_doc("b")])]
    responses = await call(requests)
    same_order(requests, responses)
    served(responses[0]), served(responses[2])
    status = responses[1].header.status
    assert status.code == jina_pb2.StatusProto.ERROR and status.description
    assert status.exception.name and responses[1].routes[1].status == status
    assert not responses[1].data.docs.docs[0].HasField("embedding")


@check
async def grpc_client_that_raises_in_the_middle():
    async with channel() as open_channel:
        stream = jina_pb2_grpc.JinaRPCStub(open_channel).Call()
        for _ in range(5):
            await stream.write(request([blob_doc(b"no image")]))
        assert (await stream.read()).header.status.code == 1
        stream.cancel()
    served((await call([request([text_doc("still there")])]))[0])


for algorithm in (grpc.Compression.Gzip, grpc.Compression.Deflate):
    @check
    async def grpc_packed_requests(algorithm=algorithm):
        served((await call([request([text_doc("x" * 5000)])], compression=algorithm))[0])


@check
async def grpc_large_messages():
    doc = docarray_pb2.DocumentProto(id="large", text="x")
    doc.tags["filling"] = "y" * 20_000_000
    (answered,) = served((await call([request([doc])]))[0])
    assert len(answered.tags["filling"]) == 20_000_000


@check
async def grpc_garbage_is_a_status():
    async with channel() as open_channel:
        raw = open_channel.stream_stream("/jina.JinaRPC/Call")
        stream = raw(iter([b"\xff\xfe garbage"]))
        try:
            [one async for one in stream]
            raise AssertionError("no error")
        except grpc.aio.AioRpcError as error:
            assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error


@check
async def grpc_unary_calls():
    async with channel() as ch:
        single = jina_pb2_grpc.JinaSingleDataRequestRPCStub(ch)
        embedding(served(await single.process_single_data(request([text_doc("a")])))[0])
        many = jina_pb2.DataRequestListProto(requests=[request([text_doc("a")])])
        served(await jina_pb2_grpc.JinaDataRequestRPCStub(ch).process_data(many))
        dry = await jina_pb2_grpc.JinaGatewayDryRunRPCStub(ch).dry_run(empty_pb2.Empty())
        assert dry.code == jina_pb2.StatusProto.SUCCESS
        info = await jina_pb2_grpc.JinaInfoRPCStub(ch)._status(empty_pb2.Empty())
        assert info.jina["jina"] and isinstance(dict(info.envs), dict)
        discover = jina_pb2_grpc.JinaDiscoverEndpointsRPCStub(ch)
        assert "/encode" in (await discover.endpoint_discovery(empty_pb2.Empty())).endpoints
        one = jina_pb2.SingleDocumentRequestProto(document=text_doc("alone"))
        stream = jina_pb2_grpc.JinaSingleDocumentRequestRPCStub(ch).stream_doc(one)
        embedding([answer async for answer in stream][0].document)
        health = health_pb2_grpc.HealthStub(ch)
        for service in ("", "jina.JinaRPC"):
            answer = await health.Check(health_pb2.HealthCheckRequest(service=service))
            assert answer.status == health_pb2.HealthCheckResponse.SERVING


@check
async def grpc_keepalive_pings_are_tolerated():
    async with channel() as open_channel:
        stub = jina_pb2_grpc.JinaSingleDataRequestRPCStub(open_channel)
        served(await stub.process_single_data(request([text_doc("a")])))
        await asyncio.sleep(1.5)  # fifteen pings
        assert open_channel.get_state() == grpc.ChannelConnectivity.READY
        served(await stub.process_single_data(request([text_doc("a")])))


@check
async def grpc_deadline():
    async with channel() as open_channel:
        stub = jina_pb2_grpc.JinaSingleDataRequestRPCStub(open_channel)
        docs = [text_doc(f"a long story {i} " * 20) for i in range(4000)]
        try:
            await stub.process_single_data(request(docs), timeout=0.2)
            raise AssertionError("four thousand texts in 200 ms")
        except grpc.aio.AioRpcError as error:
            assert error.code() == grpc.StatusCode.DEADLINE_EXCEEDED, error
        served(await stub.process_single_data(request([text_doc("a")]), timeout=30))


KEYS = ("id parent_id granularity adjacency blob tensor mime_type text weight uri tags offset "
        "location embedding modality evaluations scores chunks matches").split()


def json_body(docs):
    header = {"request_id": new_id(), "exec_endpoint": "/encode"}
    data = [{key: doc.get(key) for key in KEYS} for doc in docs]
    return {"header": header, "parameters": {}, "data": data, "exec_endpoint": "/encode"}


def strict(answer):
    """jina's client: the documents aside, the rest has to be protobuf's JSON and nothing else."""
    rest = {key: value for key, value in answer.items() if key != "data"}
    return json_format.ParseDict(rest, jina_pb2.DataRequestProto())


async def post(body):
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{http_url}/post", json=body, ssl=SSL) as response:
            assert response.content_type == "application/json", response.content_type
            return response.status, await response.json()


@check
async def http_encode():
    blob = base64.b64encode(IMAGE).decode()
    status, answer = await post(json_body([{"id": "a", "text": "hi"}, {"id": "b", "blob": blob}]))
    assert status == 200
    strict(answer)
    assert [doc["id"] for doc in answer["data"]] == ["a", "b"]
    assert all(isinstance(value, float) for value in answer["data"][0]["embedding"])
    assert answer["data"][1]["blob"] == blob


@check
async def http_failed_document():
    status, answer = await post(json_body([{"id": "a", "blob": "bm8gaW1hZ2U="}]))
    assert status == 200 and strict(answer).header.status.code == 1


@check
async def http_wrong_body():
    async with aiohttp.ClientSession() as session:
        given = {"data": b"{nope", "headers": {"content-type": "application/json"}}
        async with session.post(f"{http_url}/post", ssl=SSL, **given) as response:
            assert response.status == 422 and "detail" in await response.json()
        async with session.get(f"{http_url}/dry_run", ssl=SSL) as response:
            assert (await response.json())["code"] == 0


async def websocket(messages, path="/"):
    """Sends all, then the end of input; what comes until the server closes."""
    frames = []
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(f"{ws_url}{path}", protocols=("bytes",), ssl=SSL) as socket:
            for message in messages:
                await socket.send_bytes(message)
            async for frame in socket:
                assert frame.type == aiohttp.WSMsgType.BINARY, frame
                frames.append(frame.data)
            return frames, socket.close_code


@check
async def websocket_encode():
    requests = batches([text_doc(f"text {i}") for i in range(20)])
    frames, code = await websocket([r.SerializeToString() for r in requests] + [bytes(True)])
    assert code == 1000, code
    responses = [jina_pb2.DataRequestProto.FromString(frame) for frame in frames]
    same_order(requests, responses)
    for one in responses:
        for doc in served(one):
            embedding(doc)


@check
async def websocket_failed_document():
    frames, code = await websocket([request([blob_doc(b"no")]).SerializeToString(), bytes(True)])
    assert code == 1000 and len(frames) == 1
    assert jina_pb2.DataRequestProto.FromString(frames[0]).header.status.code == 1


@check
async def websocket_answers_stay_under_the_limit():
    images = [docarray_pb2.DocumentProto(id=str(i), blob=IMAGE + bytes(900_000)) for i in range(6)]
    frames, code = await websocket([request(images).SerializeToString(), bytes(True)])
    assert code == 1000
    for doc in served(jina_pb2.DataRequestProto.FromString(frames[0])):
        embedding(doc)


@check
async def websocket_dry_run():
    frames, code = await websocket([b""], "/dry_run")
    assert frames == [b""] and code == 1000


@check
async def websocket_other_path():
    try:
        await websocket([], "/encode")
        raise AssertionError("connected")
    except aiohttp.WSServerHandshakeError as error:
        assert error.status == 403


async def main():
    for function in CHECKS:
        error = None
        try:
            await asyncio.wait_for(function(), 60)
        except Exception:
            error = traceback.format_exc()
        print(json.dumps({"check": function.__name__, "error": error}), flush=True)


asyncio.run(main())
