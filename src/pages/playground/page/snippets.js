/**
 * A request of this page as a program: what is shown is what was sent, and runs when it is pasted.
 * Pure: no DOM, no network.
 */
import { wireBody } from "./exchange.js";

/** @typedef {import("./exchange.js").ApiRequest} ApiRequest */
/** @typedef {import("./exchange.js").Content} Content */
/** @typedef {import("./exchange.js").ImageRef} ImageRef */
/** @typedef {"curl" | "python" | "requests" | "typescript"} Language */

/** Languages in the order of their tabs. */
export const LANGUAGES = /** @type {const} */ ([
  ["curl", "curl"],
  ["python", "clip_client"],
  ["requests", "Python"],
  ["typescript", "TypeScript"],
]);

/**
 * The request as a program.
 * @param {Language} language
 * @param {ApiRequest} request
 * @param {string} base the server's address, without a slash at its end
 * @returns {string}
 */
export function snippet(language, request, base) {
  switch (language) {
    case "curl":
      return curl(request, base);
    case "python":
      return clipClient(request, base);
    case "requests":
      return requests(request, base);
    case "typescript":
      return typescript(request, base);
  }
}

/**
 * The body comes from a here-document: images would be too long for an argument.
 * @param {ApiRequest} request
 * @param {string} base
 */
function curl(request, base) {
  const body = wireBody(request, (image) => new Code(`"${blobCommand(image)}"`));
  return `curl -s ${shellWord(base + request.path)} \\
  -H 'content-type: application/json' \\
  -d @- <<JSON
${write(body, SHELL)}
JSON
`;
}

/** @param {ImageRef} image */
function blobCommand(image) {
  const source = image.url === null ? `< ${shellWord(image.name)}` : "";
  const fetched = image.url === null ? "" : `curl -s ${shellWord(image.url)} | `;
  return `$(${fetched}base64 ${source}${source && " "}| tr -d '\\n')`;
}

/** @param {string} text */
function shellWord(text) {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * @param {ApiRequest} request
 * @param {string} base
 */
function clipClient(request, base) {
  const { path, items, parameters } = request;
  const model = typeof parameters["model_name"] === "string"
    ? `, parameters={"model_name": ${quoted(parameters["model_name"])}}`
    : "";
  const head = `from clip_client import Client\n`;
  const client = `client = Client(${quoted(base)})\n`;
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
 * @param {Content} content
 * @param {string} [more]
 */
function pythonDocument(content, more = "") {
  const key = "text" in content ? "text" : "uri";
  return `Document(${key}=${quoted(sourceOf(content))}${more})`;
}

/** @param {Content} content */
function sourceOf(content) {
  return "text" in content ? content.text : content.image.url ?? content.image.name;
}

/**
 * @param {ApiRequest} request
 * @param {string} base
 */
function requests(request, base) {
  const images = hasImages(request);
  const body = write(wireBody(request, callOf("image")), PYTHON);
  const helper = images
    ? `
def image(source):
    if source.startswith("http"):
        content = requests.get(source).content
    else:
        content = open(source, "rb").read()
    return base64.b64encode(content).decode()

`
    : "";
  return `${images ? "import base64\n" : ""}import requests
${helper}
body = ${body}
answer = requests.post(${quoted(base + request.path)}, json=body).json()
${
    request.path === "/rank"
      ? `for match in answer["data"][0]["matches"]:
    print(match["scores"]["clip_score"]["value"], match["text"] or match["id"])`
      : `for document in answer["data"]:
    print(document["id"], document["embedding"][:4])`
  }
`;
}

/**
 * @param {ApiRequest} request
 * @param {string} base
 */
function typescript(request, base) {
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
  const head = images
    ? `import { Buffer } from "node:buffer";
${local ? `import { readFile } from "node:fs/promises";\n` : ""}
async function image(source: string): Promise<string> {
  const bytes = ${read};
  return bytes.toString("base64");
}

`
    : "";
  return `${head}const response = await fetch(${quoted(base + request.path)}, {
  method: "POST",
  headers: { "content-type": "application/json" },
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

/** @param {ApiRequest} request */
function hasImages({ items }) {
  return items.some((item) =>
    "image" in item || (item.matches ?? []).some((match) => "image" in match)
  );
}

/** A piece of a program in the place of a value. */
class Code {
  /** @param {string} code */
  constructor(code) {
    this.code = code;
  }
}

/**
 * @param {string} callee
 * @returns {(image: ImageRef) => Code}
 */
function callOf(callee) {
  return ({ name, url }) => new Code(`${callee}(${quoted(url ?? name)})`);
}

/**
 * How a language writes keys and plain values.
 * @typedef {{ key: (name: string) => string, plain: (value: unknown) => string }} Style
 */
/** @type {Style} */
const SHELL = {
  key: quoted,
  // In an unquoted here-document the shell reads \, $ and `.
  plain: (value) => JSON.stringify(value).replace(/[\\$`]/g, "\\$&"),
};
/** @type {Style} */
const PYTHON = {
  key: quoted,
  plain: (value) => value === true ? "True" : value === false ? "False" : JSON.stringify(value),
};
/** @type {Style} */
const TYPESCRIPT = { key: (name) => name, plain: (value) => JSON.stringify(value) };

/**
 * A value as a literal, each document on a line of its own.
 * @param {unknown} value
 * @param {Style} style
 * @param {string} [indent]
 * @returns {string}
 */
function write(value, style, indent = "") {
  if (value instanceof Code) return value.code;
  if (value === null || typeof value !== "object") return style.plain(value);
  const inner = `${indent}  `;
  const list = Array.isArray(value);
  const parts = list
    ? value.map((part) => write(part, style, inner))
    : Object.entries(value).map(([key, part]) => `${style.key(key)}: ${write(part, style, inner)}`);
  if (!list && indent !== "" && parts.every((part) => !part.includes("\n"))) {
    return `{ ${parts.join(", ")} }`;
  }
  const [open, close] = list ? ["[", "]"] : ["{", "}"];
  return `${open}\n${parts.map((part) => inner + part).join(",\n")}\n${indent}${close}`;
}

/**
 * A string literal of Python and TypeScript: JSON's is one in both.
 * @param {string} text
 */
function quoted(text) {
  return JSON.stringify(text);
}
