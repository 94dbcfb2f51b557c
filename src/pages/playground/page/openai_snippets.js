/**
 * The texts and images of a request of this page in OpenAI's dialect: vectors of length 1, compared
 * by the program. Pure: no DOM, no network.
 */
import {
  base64Command,
  callOf,
  Code,
  CURL_KEY,
  PYTHON,
  quoted,
  SHELL,
  shellWord,
  TYPESCRIPT,
  write,
} from "./literals.js";

/** @typedef {import("./exchange.js").ApiRequest<ImageRef>} ApiRequest */
/** @typedef {import("./exchange.js").Content<ImageRef>} Content */
/** @typedef {import("./exchange.js").ImageRef} ImageRef */
/** @typedef {import("./snippets.js").Server} Server */

/** The clients do not start without a key, whether the server asks for one or not. */
const NO_KEY = `"none"`;
const PYTHON_KEY = `os.environ["API_KEY"]`;
const NODE_KEY = "process.env.API_KEY";

/**
 * @param {ApiRequest} request
 * @param {Server} server
 */
export function openAiPython(request, { base, model, keyed }) {
  return `${pythonImports(request, keyed)}from openai import OpenAI

client = OpenAI(base_url=${quoted(`${base}/v1`)}, api_key=${keyed ? PYTHON_KEY : NO_KEY})
${pythonImage(request)}
inputs = ${pythonInputs(request)}
answer = client.embeddings.create(model=${quoted(model)}, input=inputs)
vectors = [item.embedding for item in answer.data]
${pythonPrint(request)}`;
}

/**
 * @param {ApiRequest} request
 * @param {Server} server
 */
export function langChain(request, { base, model, keyed }) {
  return `${pythonImports(request, keyed)}from langchain_openai import OpenAIEmbeddings

embeddings = OpenAIEmbeddings(
    base_url=${quoted(`${base}/v1`)},
    api_key=${keyed ? PYTHON_KEY : NO_KEY},
    model=${quoted(model)},
    # Texts go as they are: token ids would be those of another model.
    check_embedding_ctx_length=False,
)
${pythonImage(request)}
inputs = ${pythonInputs(request)}
vectors = embeddings.embed_documents(inputs)
${pythonPrint(request)}`;
}

/**
 * @param {ApiRequest} request
 * @param {Server} server
 */
export function openAiNode(request, { base, model, keyed }) {
  const contents = contentsOf(request);
  const images = contents.some((content) => "image" in content);
  const head = images
    ? `import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
`
    : "";
  const image = images
    ? `
async function image(source) {
  const bytes = source.startsWith("http")
    ? Buffer.from(await (await fetch(source)).arrayBuffer())
    : await readFile(source);
  // The server looks at the bytes: the type does not matter.
  return \`data:image/png;base64,\${bytes.toString("base64")}\`;
}
`
    : "";
  const print = request.path === "/rank"
    ? `const [query, ...candidates] = data.map(({ embedding }) => embedding);
for (const [i, vector] of candidates.entries()) {
  const cosine = vector.reduce((sum, value, j) => sum + value * query[j], 0);
  console.log(cosine, input[i + 1].slice(0, 40));
}`
    : `for (const [i, { embedding }] of data.entries()) {
  console.log(input[i].slice(0, 40), embedding.slice(0, 4));
}`;
  return `${head}import OpenAI from "openai";

const client = new OpenAI({ baseURL: ${quoted(`${base}/v1`)}, apiKey: ${
    keyed ? NODE_KEY : NO_KEY
  } });
${image}
const input = ${write(valuesOf(contents, callOf("await image")), TYPESCRIPT)};
const { data } = await client.embeddings.create({ model: ${quoted(model)}, input });
${print}
`;
}

/**
 * The body comes from a here-document: images would be too long for an argument.
 * @param {ApiRequest} request
 * @param {Server} server
 */
export function openAiCurl(request, { base, model, keyed }) {
  const dataUri = (/** @type {ImageRef} */ image) =>
    new Code(`"data:image/png;base64,${base64Command(image)}"`);
  const body = { model, input: valuesOf(contentsOf(request), dataUri) };
  return `curl -s ${shellWord(`${base}/v1/embeddings`)} \\
  -H 'content-type: application/json' \\
${keyed ? CURL_KEY : ""}  -d @- <<JSON
${write(body, SHELL)}
JSON
`;
}

/**
 * All that is to be embedded, in the order of the documents.
 * @param {ApiRequest} request
 * @returns {Content[]}
 */
function contentsOf({ items }) {
  return items.flatMap(({ matches = [], ...content }) => [
    /** @type {Content} */ (content),
    ...matches,
  ]);
}

/**
 * @param {Content[]} contents
 * @param {(image: ImageRef) => Code} imageOf
 */
function valuesOf(contents, imageOf) {
  return contents.map((content) => "text" in content ? content.text : imageOf(content.image));
}

/** @param {ApiRequest} request */
function hasImages(request) {
  return contentsOf(request).some((content) => "image" in content);
}

/**
 * @param {ApiRequest} request
 * @param {boolean} keyed
 */
function pythonImports(request, keyed) {
  const images = hasImages(request);
  const imports = [
    ...(images ? ["import base64"] : []),
    ...(keyed ? ["import os"] : []),
    ...(images ? ["from urllib.request import urlopen"] : []),
  ];
  return imports.length > 0 ? `${imports.join("\n")}\n\n` : "";
}

/** @param {ApiRequest} request */
function pythonImage(request) {
  if (!hasImages(request)) return "";
  return `

def image(source):
    file = urlopen(source) if source.startswith("http") else open(source, "rb")
    # The server looks at the bytes: the type does not matter.
    return "data:image/png;base64," + base64.b64encode(file.read()).decode()

`;
}

/** @param {ApiRequest} request */
function pythonInputs(request) {
  return write(valuesOf(contentsOf(request), callOf("image")), PYTHON);
}

/** @param {ApiRequest} request */
function pythonPrint({ path }) {
  return path === "/rank"
    ? `for text, vector in zip(inputs[1:], vectors[1:]):
    print(sum(a * b for a, b in zip(vectors[0], vector)), text[:40])
`
    : `for text, vector in zip(inputs, vectors):
    print(text[:40], vector[:4])
`;
}
