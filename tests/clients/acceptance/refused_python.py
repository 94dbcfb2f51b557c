"""What each client raises where the server lets nobody in without a key, or where it is full.

ACCEPT_REFUSAL is `key` or `overload`: with `key` each call is made with the right key first (ACCEPT_KEY) and
then with a wrong one. ACCEPT_GRPC is the gRPC port's HOST:PORT."""

import os

import _kit as k
import _raw as raw

url, c = k.base(), k.Checks()
import cohere
import litellm
import numpy as np
import openai
import tritonclient.grpc
import tritonclient.http
import voyageai
import voyageai.error
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError
from langchain_openai import OpenAIEmbeddings
from tritonclient.utils import InferenceServerException

litellm.suppress_debug_info = True
refusal = os.environ["ACCEPT_REFUSAL"]
# A server that is asked for no model by name takes its first one.
MODEL, once = "default", dict(max_retries=0)


def triton(library, address, key):
    headers = {"authorization": f"Bearer {key}"}
    given = library.InferInput("TEXT", [1], "BYTES")
    given.set_data_from_numpy(np.array([b"x"], dtype=object))
    return library.InferenceServerClient(address).infer(MODEL, [given], headers=headers)


CALLS = {
    "openai": lambda key: openai.OpenAI(base_url=url + "/v1", api_key=key, **once).embeddings.create(model=MODEL, input="x"),
    "LangChain": lambda key: OpenAIEmbeddings(base_url=url + "/v1", api_key=key, model=MODEL, check_embedding_ctx_length=False, **once).embed_query("x"),
    "LiteLLM": lambda key: litellm.embedding(model=f"openai/{MODEL}", api_base=url + "/v1", api_key=key, input=["x"], num_retries=0, **once),
    "cohere": lambda key: cohere.ClientV2(api_key=key, base_url=url).embed(
        model=MODEL, input_type="search_document", texts=["x"], request_options={"max_retries": 0}),
    "voyageai": lambda key: voyageai.Client(api_key=key, base_url=url + "/v1", **once).multimodal_embed([["x"]], model=MODEL),
    "huggingface_hub": lambda key: InferenceClient(model=url + "/embed", token=key).feature_extraction("x"),
    "tritonclient.http": lambda key: triton(tritonclient.http, url.split("//")[-1], key),
    "tritonclient.grpc": lambda key: triton(tritonclient.grpc, os.environ["ACCEPT_GRPC"], key),
}
RAISED = {
    "openai": {"key": openai.AuthenticationError, "overload": openai.RateLimitError},
    "LangChain": {"key": openai.AuthenticationError, "overload": openai.RateLimitError},
    "LiteLLM": {"key": litellm.AuthenticationError, "overload": litellm.RateLimitError},
    "cohere": {"key": cohere.UnauthorizedError, "overload": cohere.TooManyRequestsError},
    "voyageai": {"key": voyageai.error.AuthenticationError, "overload": voyageai.error.RateLimitError},
    "huggingface_hub": {"key": HfHubHTTPError, "overload": HfHubHTTPError},
    "tritonclient.http": {"key": InferenceServerException, "overload": InferenceServerException},
    "tritonclient.grpc": {"key": InferenceServerException, "overload": InferenceServerException},
}
# Of those whose class says nothing.
STATUS = {
    "huggingface_hub": {"key": 401, "overload": 429},
    "tritonclient.http": {"key": "401", "overload": "503"},
    "tritonclient.grpc": {"key": "StatusCode.UNAUTHENTICATED", "overload": "StatusCode.RESOURCE_EXHAUSTED"},
}


def status(error):
    return error.response.status_code if isinstance(error, HfHubHTTPError) else error.status()


for name, call in CALLS.items():
    wanted, exact = RAISED[name][refusal], STATUS.get(name, {}).get(refusal)
    if refusal == "key":
        c(f"{name}: the right key", lambda: call(k.KEY) is not None)
    c.raises(f"{name}: {wanted.__name__} {exact or ''}".rstrip(), lambda: call("sk-not-this-one-here"),
             test=lambda e: isinstance(e, wanted) and (exact is None or status(e) == exact))

if refusal == "key":
    body = {"input": "x", "model": MODEL}
    for header in ("x-api-key", "api-key"):
        c(f"the key as {header}", lambda: raw.request(f"{url}/v1/embeddings", body, **{"authorization": "", header: k.KEY})[0] == 200)
    for path in ("/v2/health/live", "/v2/health/ready", "/health", "/.well-known/ready", "/ping"):
        c(f"{path} needs none", lambda: raw.request(url + path, authorization="")[0] in (200, 204))
c.end()
