/**
 * A request of this page as a program: what is shown is what was sent, and runs when it is pasted.
 * Pure: no DOM, no network.
 */
import { wireBody } from "./exchange.js";
import {
  base64Command,
  callOf,
  Code,
  CURL_KEY,
  PYTHON,
  PYTHON_BEARER,
  quoted,
  SHELL,
  shellWord,
  TYPESCRIPT,
  write,
} from "./literals.js";
import {
  indexClipClient,
  indexCurl,
  indexRequests,
  indexTypescript,
  isOfIndex,
  notInOpenAi,
} from "./index_snippets.js";
import { requestsProgram } from "./requests_program.js";
import { langChain, openAiCurl, openAiNode, openAiPython } from "./openai_snippets.js";

/** @typedef {import("./exchange.js").ApiRequest<ImageRef>} ApiRequest */
/** @typedef {import("./exchange.js").Content<ImageRef>} Content */
/** @typedef {import("./exchange.js").ImageRef} ImageRef */
/** @typedef {import("./exchange.js").Item<ImageRef>} Item */
/** @typedef {typeof LANGUAGES[number][0]} Language */

/**
 * Where the programs send it.
 * @typedef {object} Server
 * @property {string} base its address, without a slash at its end
 * @property {string} model the name of the model that is asked
 * @property {boolean} keyed whether it wants an API key: programs take it from `API_KEY`
 */

/** Languages in the order of their tabs. */
export const LANGUAGES = /** @type {const} */ ([
  ["curl", "curl"],
  ["python", "clip_client"],
  ["requests", "Python"],
  ["typescript", "TypeScript"],
  ["openai-python", "OpenAI Python"],
  ["openai-node", "OpenAI Node"],
  ["langchain", "LangChain"],
  ["openai-curl", "curl /v1"],
]);

/**
 * The same texts and images asked for in OpenAI's dialect, where a flow speaks it.
 * @type {ReadonlySet<string>}
 */
export const OPENAI_LANGUAGES = new Set([
  "openai-python",
  "openai-node",
  "langchain",
  "openai-curl",
]);

/**
 * The request as a program.
 * @param {Language} language
 * @param {ApiRequest} request
 * @param {Server} server
 * @returns {string}
 */
export function snippet(language, request, server) {
  if (isOfIndex(request)) return indexSnippet(language, request, server);
  switch (language) {
    case "curl":
      return curl(request, server);
    case "python":
      return clipClient(request, server);
    case "requests":
      return requests(request, server);
    case "typescript":
      return typescript(request, server);
    case "openai-python":
      return openAiPython(request, server);
    case "openai-node":
      return openAiNode(request, server);
    case "langchain":
      return langChain(request, server);
    case "openai-curl":
      return openAiCurl(request, server);
  }
}

/**
 * @param {Language} language
 * @param {ApiRequest} request
 * @param {Server} server
 */
function indexSnippet(language, request, server) {
  switch (language) {
    case "curl":
      return indexCurl(request, server);
    case "python":
      return indexClipClient(request, server);
    case "requests":
      return indexRequests(request, server);
    case "typescript":
      return indexTypescript(request, server);
    case "openai-node":
      return notInOpenAi(request, "//");
    default:
      return notInOpenAi(request, "#");
  }
}

/**
 * The body comes from a here-document: images would be too long for an argument.
 * @param {ApiRequest} request
 * @param {Server} server
 */
function curl(request, { base, keyed }) {
  const body = wireBody(request, (image) => new Code(`"${base64Command(image)}"`));
  return `curl -s ${shellWord(base + request.path)} \\
  -H 'content-type: application/json' \\
${keyed ? CURL_KEY : ""}  -d @- <<JSON
${write(body, SHELL)}
JSON
`;
}

/**
 * @param {ApiRequest} request
 * @param {Server} server
 */
function clipClient(request, { base, keyed }) {
  const { path, items, parameters } = request;
  const model = typeof parameters["model_name"] === "string"
    ? `, parameters={"model_name": ${quoted(parameters["model_name"])}}`
    : "";
  const head = `${keyed ? "import os\n\n" : ""}from clip_client import Client\n`;
  const credential = keyed ? `, credential={"Authorization": ${PYTHON_BEARER}}` : "";
  const client = `client = Client(${quoted(base)}${credential})\n`;
  if (path === "/post") {
    const contents = items.map((item) => `    ${quoted(sourceOf(item))},`).join("\n");
    return `${head}
${client}
embeddings = client.encode([
${contents}
]${model})
print(embeddings.shape)
`;
  }
  const documents = items.map((item) => {
    const matches = (item.matches ?? []).map((match) => `        ${pythonDocument(match)},`);
    return `    ${pythonDocument(item, `, matches=[\n${matches.join("\n")}\n    ]`)},`;
  });
  return `${head}from docarray import Document

${client}
ranked = client.rank([
${documents.join("\n")}
]${model})
for match in ranked[0].matches:
    print(match.scores["clip_score"].value, match.text or match.uri)
`;
}

/**
 * @param {Item | Content} content
 * @param {string} [more]
 */
function pythonDocument(content, more = "") {
  const key = "text" in content ? "text" : "uri";
  return `Document(${key}=${quoted(sourceOf(content))}${more})`;
}

/** @param {Item | Content} content */
function sourceOf(content) {
  if ("text" in content) return content.text;
  return "image" in content ? content.image.url ?? content.image.name : content.id;
}

/**
 * @param {ApiRequest} request
 * @param {Server} server
 */
function requests(request, server) {
  return requestsProgram(request, server, {
    images: hasImages(request),
    body: write(wireBody(request, callOf("image")), PYTHON),
    print: request.path === "/rank"
      ? `for match in answer["data"][0]["matches"]:
    print(match["scores"]["clip_score"]["value"], match["text"] or match["id"])`
      : `for document in answer["data"]:
    print(document["id"], document["embedding"][:4])`,
  });
}

/**
 * @param {ApiRequest} request
 * @param {Server} server
 */
function typescript(request, { base, keyed }) {
  const images = hasImages(request);
  const local = /** @type {Content[]} */ (request.items.flatMap((item) => [
    item,
    ...item.matches ?? [],
  ])).some((content) => "image" in content && content.image.url === null);
  const body = write(wireBody(request, callOf("await image")), TYPESCRIPT);
  const read = local
    ? `source.startsWith("http")
    ? Buffer.from(await (await fetch(source)).arrayBuffer())
    : await readFile(source)`
    : `Buffer.from(await (await fetch(source)).arrayBuffer())`;
  const key = keyed ? ", authorization: `Bearer ${process.env.API_KEY}`" : "";
  const head = images
    ? `import { Buffer } from "node:buffer";
${local ? `import { readFile } from "node:fs/promises";\n` : ""}${keyed ? PROCESS : ""}
async function image(source: string): Promise<string> {
  const bytes = ${read};
  return bytes.toString("base64");
}

`
    : keyed
    ? `${PROCESS}\n`
    : "";
  return `${head}const response = await fetch(${quoted(base + request.path)}, {
  method: "POST",
  headers: { "content-type": "application/json"${key} },
  body: JSON.stringify(${body.replaceAll("\n", "\n  ")}),
});
const answer = await response.json();
${
    request.path === "/rank"
      ? `for (const match of answer.data[0].matches) {
  console.log(match.scores.clip_score.value, match.text ?? match.id);
}`
      : `for (const document of answer.data) {
  console.log(document.id, document.embedding.slice(0, 4));
}`
  }
`;
}

/** Deno and Node have it under this name. */
const PROCESS = `import process from "node:process";\n`;

/** @param {ApiRequest} request */
function hasImages({ items }) {
  return items.some((item) =>
    "image" in item || (item.matches ?? []).some((match) => "image" in match)
  );
}
