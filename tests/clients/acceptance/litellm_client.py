"""LiteLLM, by the providers that take an address of one's own."""

import asyncio

import _kit as k
import _reference as r

url, c = k.base(), k.Checks()
import litellm

litellm.suppress_debug_info = True
model = k.model(url)
print(f"# litellm, model {model}")
wanted, pictures = r.texts(url), r.images(url)
settings = dict(api_key=k.KEY, num_retries=0, max_retries=0)


def vectors(answer):
    return [item["embedding"] for item in answer.data]


def openai(input, name=model, **more):
    return litellm.embedding(model=f"openai/{name}", api_base=url + k.PREFIX, input=input, **settings, **more)


def infinity(input, name=model, **more):
    return litellm.embedding(model=f"infinity/{name}", api_base=url, input=input, **settings, **more)


answer = openai(k.TEXTS)
c("openai/: texts in order", lambda: r.all_same(vectors(answer), wanted))
c("openai/: usage", lambda: answer.usage.prompt_tokens > 0)
c("openai/: floats and base64", lambda: r.same(vectors(openai(k.TEXTS[:1], encoding_format="float"))[0], wanted[0])
  and isinstance(vectors(openai(k.TEXTS[:1], encoding_format="base64"))[0], (str, list)))
c("openai/: dimensions, allowed by name", lambda: r.same(
    vectors(openai(k.TEXTS[:1], dimensions=8, allowed_openai_params=["dimensions"]))[0], r.unit(wanted[0][:8])))
c("openai/: images by extra_body", lambda: r.all_same(
    vectors(openai([k.uri(k.RED), k.uri(k.BLUE)], extra_body={"modality": "image"})), pictures))
c("openai/: async", lambda: r.all_same(vectors(asyncio.run(
    litellm.aembedding(model=f"openai/{model}", api_base=url + k.PREFIX, input=k.TEXTS, **settings))), wanted))
c.raises("openai/: an unknown model is NotFoundError", lambda: openai(["x"], "no-such-model"),
         status_code=404, test=lambda e: isinstance(e, litellm.NotFoundError))
c.raises("openai/: token ids are BadRequestError", lambda: openai([[64, 2579]]),
         status_code=400, test=lambda e: isinstance(e, litellm.BadRequestError))

c("infinity/: texts in order", lambda: r.all_same(vectors(infinity(k.TEXTS)), wanted))
c("infinity/: images", lambda: r.all_same(vectors(infinity([k.uri(k.RED), k.uri(k.BLUE)], modality="image")), pictures))
c.raises("infinity/: an unknown model raises with a status", lambda: infinity(["x"], "no-such-model"), status_code={400, 404})

print("# further providers that take an address of one's own")
BASES = {"jina_ai": "/v1", "hosted_vllm": "/v1", "openai_like": "/v1", "voyage": "/v1", "cohere": "/v2/embed"}


def through(provider):
    answer = litellm.embedding(model=f"{provider}/{model}", api_base=url + BASES[provider], input=k.TEXTS, **settings)
    return r.all_same(vectors(answer), wanted)


for name in BASES:
    c(f"{name}/: texts in order", lambda: through(name))
turned = [k.TEXTS[1], k.TEXTS[0], k.TEXTS[2]]


def ranked(provider):
    answer = litellm.rerank(model=f"{provider}/{model}", api_base=url, query=k.TEXTS[0], documents=turned, api_key=k.KEY)
    scores = [result["relevance_score"] for result in answer.results]
    return answer.results[0]["index"] == 1 and r.same(scores, sorted((k.cos(wanted[0], v) for v in wanted), reverse=True))


for name in ("infinity", "jina_ai", "cohere", "huggingface"):
    c(f"{name}/: rerank, by the cosine", lambda: ranked(name))
c.end()
