/**
 * A request to the index of a flow as a program. Small pictures that the page made for itself are left
 * out: they would be most of the text. Pure: no DOM, no network.
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
import { requestsProgram } from "./requests_program.js";

/** @typedef {import("./exchange.js").ApiRequest<ImageRef>} ApiRequest */
/** @typedef {import("./exchange.js").ImageRef} ImageRef */
/** @typedef {import("./exchange.js").Item<ImageRef>} Item */
/** @typedef {import("./literals.js").Style} Style */
/** @typedef {import("./snippets.js").Server} Server */

/** Requests of an index. @type {ReadonlySet<string>} */
const PATHS = new Set(["/index", "/search", "/filter", "/delete", "/clear"]);

/**
 * Whether a request is one to an index.
 * @param {ApiRequest} request
 */
export function isOfIndex({ path }) {
  return PATHS.has(path);
}

/**
 * @param {ApiRequest} request
 * @param {Server} server
 */
export function indexCurl(request, { base, keyed }) {
  return `curl -s ${shellWord(base + request.path)} \\
  -H 'content-type: application/json' \\
${keyed ? CURL_KEY : ""}  -d @- <<JSON
${body(request, (image) => new Code(`"${base64Command(image)}"`), SHELL)}
JSON
`;
}

/**
 * @param {ApiRequest} request
 * @param {Server} server
 */
export function indexRequests(request, server) {
  return requestsProgram(request, server, {
    images: request.items.some((item) => "image" in item),
    body: body(request, callOf("image"), PYTHON),
    print: request.path === "/search"
      ? `for match in answer["data"][0]["matches"]:
    print(match["id"], match["scores"])`
      : `for document in answer["data"]:
    print(document["id"], document["tags"])`,
  });
}

/**
 * @param {ApiRequest} request
 * @param {Server} server
 */
export function indexTypescript(request, { base, keyed }) {
  const images = request.items.some((item) => "image" in item);
  const head = images
    ? `import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
`
    : "";
  const helper = images
    ? `
async function image(source: string): Promise<string> {
  const bytes = source.startsWith("http")
    ? Buffer.from(await (await fetch(source)).arrayBuffer())
    : await readFile(source);
  return bytes.toString("base64");
}
`
    : "";
  const process = keyed ? `import process from "node:process";\n` : "";
  const key = keyed ? ", authorization: `Bearer ${process.env.API_KEY}`" : "";
  const start = head + process + helper;
  return `${start}${start === "" ? "" : "\n"}const response = await fetch(${
    quoted(base + request.path)
  }, {
  method: "POST",
  headers: { "content-type": "application/json"${key} },
  body: JSON.stringify(${
    body(request, callOf("await image"), TYPESCRIPT).replaceAll("\n", "\n  ")
  }),
});
const answer = await response.json();
${
    request.path === "/search"
      ? `for (const match of answer.data[0].matches) {
  console.log(match.id, match.scores);
}`
      : `for (const document of answer.data) {
  console.log(document.id, document.tags);
}`
  }
`;
}

/**
 * What clip_client has a call for by it, the rest by Jina's client, on which it stands.
 * @param {ApiRequest} request
 * @param {Server} server
 */
export function indexClipClient(request, server) {
  const { path, items, parameters } = request;
  const byId = items.some((item) => !("text" in item) && !("image" in item));
  if (byId || path !== "/index" && path !== "/search") return jinaClient(request, server);
  const { base, keyed } = server;
  const { limit, drop_image_content: _, ...others } = parameters;
  const credential = keyed ? `, credential={"Authorization": ${PYTHON_BEARER}}` : "";
  const options = (typeof limit === "number" ? `, limit=${limit}` : "") +
    (Object.keys(others).length > 0 ? `, parameters=${flat(others)}` : "");
  return `${keyed ? "import os\n\n" : ""}from clip_client import Client
from docarray import Document

client = Client(${quoted(base)}${credential})
documents = client.${path.slice(1)}([
${items.map((item) => `    ${pythonDocument(item)},`).join("\n")}
]${options})
${
    path === "/search"
      ? `for match in documents[0].matches:
    print(match.id, {name: score.value for name, score in match.scores.items()})`
      : "print(documents.embeddings.shape)"
  }
`;
}

/**
 * @param {ApiRequest} request
 * @param {Server} server
 */
function jinaClient({ path, items, parameters }, { base, keyed }) {
  const inputs = items.length > 0
    ? `
    DocumentArray([
${items.map((item) => `        ${pythonDocument(item)},`).join("\n")}
    ]),`
    : "";
  const headers = keyed ? `\n    headers={"Authorization": ${PYTHON_BEARER}},` : "";
  return `${keyed ? "import os\n\n" : ""}from docarray import Document, DocumentArray
from jina import Client

client = Client(host=${quoted(base)})
documents = client.post(
    ${quoted(path)},${inputs}
    parameters=${flat(parameters)},${headers}
)
${
    path === "/search"
      ? `for match in documents[0].matches:
    print(match.id, {name: score.value for name, score in match.scores.items()})`
      : `for document in documents:
    print(document.id, document.tags)`
  }
`;
}

/**
 * What OpenAI's dialect has for it: nothing.
 * @param {ApiRequest} request
 * @param {"#" | "//"} comment
 */
export function notInOpenAi({ path }, comment) {
  return `${comment} OpenAI's API has no ${
    path.slice(1)
  }: see curl, clip_client, Python, TypeScript.\n`;
}

/**
 * @param {ApiRequest} request
 * @param {(image: ImageRef) => Code} blobOf
 * @param {Style} style
 */
function body(request, blobOf, style) {
  return write(wireBody({ ...request, items: request.items.map(withoutThumbnail) }, blobOf), style);
}

/**
 * @param {Item} item
 * @returns {Item}
 */
function withoutThumbnail(item) {
  const { uri, ...rest } = item;
  const shown = uri?.startsWith("data:") ? rest : item;
  return "embedding" in shown
    ? /** @type {any} */ ({ ...shown, embedding: new Code(`[${shown.embedding?.join(", ")}]`) })
    : /** @type {Item} */ (shown);
}

/** @param {Item} item */
function pythonDocument(item) {
  const parts = [
    ..."text" in item ? [`text=${quoted(item.text)}`] : [],
    ...item.id !== undefined ? [`id=${quoted(item.id)}`] : [],
    ..."image" in item ? [`uri=${quoted(item.image.url ?? item.image.name)}`] : [],
    ..."embedding" in item && item.embedding ? [`embedding=[${item.embedding.join(", ")}]`] : [],
    ...item.tags ? [`tags=${flat(item.tags)}`] : [],
  ];
  return `Document(${parts.join(", ")})`;
}

/**
 * A value of Python on one line.
 * @param {object} value
 */
function flat(value) {
  return write(value, PYTHON).replaceAll(/\n */g, "");
}
