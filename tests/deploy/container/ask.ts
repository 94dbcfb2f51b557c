/**
 * Asks as a kubelet does, from within a pod's network: exit code 0 for an answer that is good.
 *
 *     deno run ask.ts URL             an HTTP status from 200 to 399; any certificate will do
 *     deno run ask.ts embed URL       prints how many numbers the embedding of a text has
 */
import { request as overHttp } from "node:http";
import { request as overTls } from "node:https";

const TIMEOUT_MS = 5000;

function ask(url: string, body?: string): Promise<{ status: number; text: string }> {
  const request = url.startsWith("https:") ? overTls : overHttp;
  return new Promise((resolve, reject) => {
    const options = {
      method: body === undefined ? "GET" : "POST",
      headers: { "content-type": "application/json" },
      rejectUnauthorized: false,
      signal: AbortSignal.timeout(TIMEOUT_MS * (body === undefined ? 1 : 10)),
    };
    request(url, options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => text += piece);
      response.on("end", () => resolve({ status: response.statusCode!, text })).on("error", reject);
    }).on("error", reject).end(body);
  });
}

const [first, second] = Deno.args as [string, string?];
const write = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
try {
  if (first === "embed") {
    const { text } = await ask(
      `${second}/post`,
      JSON.stringify({
        data: [{ text: "a red circle" }],
        execEndpoint: "/",
      }),
    );
    write(String(JSON.parse(text).data[0].embedding.length));
    Deno.exit(0);
  }
  const { status } = await ask(first);
  write(String(status));
  Deno.exit(status >= 200 && status < 400 ? 0 : 1);
} catch (thrown) {
  write(String(thrown));
  Deno.exit(1);
}
