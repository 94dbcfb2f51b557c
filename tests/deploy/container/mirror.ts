/**
 * A mirror that has one file, for models: `deno run mirror.ts PORT PATH FILE`. Prints `listening`.
 */
const [port, path, file] = Deno.args as [string, string, string];

Deno.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  onListen: () => void Deno.stdout.writeSync(new TextEncoder().encode("listening\n")),
}, async (request) => {
  if (new URL(request.url).pathname !== path) return new Response(null, { status: 404 });
  const { size } = await Deno.stat(file);
  const headers = { "content-length": String(size) };
  if (request.method === "HEAD") return new Response(null, { headers });
  return new Response((await Deno.open(file)).readable, { headers });
});
