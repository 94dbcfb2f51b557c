/** A program of Python with `requests`, around a body. Pure: no DOM, no network. */
import { PYTHON_BEARER, quoted } from "./literals.js";

/**
 * @param {{ path: string }} request
 * @param {{ base: string, keyed: boolean }} server
 * @param {{ images: boolean, body: string, print: string }} parts whether the body calls `image()`,
 * the body, and what is done with `answer`
 */
export function requestsProgram({ path }, { base, keyed }, { images, body, print }) {
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
  const headers = keyed ? `, headers={"authorization": ${PYTHON_BEARER}}` : "";
  return `${images ? "import base64\n" : ""}${keyed ? "import os\n" : ""}import requests
${helper}
body = ${body}
answer = requests.post(${quoted(base + path)}, json=body${headers}).json()
${print}
`;
}
