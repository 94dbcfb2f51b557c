/** Requests of text-embeddings-inference's clients. */

/** What came back; `value` is undefined where it is no JSON. */
export interface Answered {
  status: number;
  headers: Headers;
  text: string;
  // deno-lint-ignore no-explicit-any -- tests look into answers of every shape
  value: any;
}

/** Sends a body as JSON, or as it is if it is a string. */
export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answered> {
  return await read(
    await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    }),
  );
}

/** Asks. */
export async function get(url: string): Promise<Answered> {
  return await read(await fetch(url));
}

async function read(response: Response): Promise<Answered> {
  const text = await response.text();
  const type = response.headers.get("content-type") ?? "";
  const value = type.startsWith("application/json") ? JSON.parse(text) : undefined;
  return { status: response.status, headers: response.headers, text, value };
}
