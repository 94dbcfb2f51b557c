/** HTTP as bytes on a socket, for what no client sends. */

/** Sends bytes as they are; the answer's text, or what came before the connection broke. */
export async function raw(url: string, ...pieces: (string | Uint8Array)[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  let answer = "";
  try {
    for (const piece of pieces) {
      const bytes = typeof piece === "string" ? new TextEncoder().encode(piece) : piece;
      for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
    }
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(65_536);
    for (let n = await connection.read(buffer); n !== null; n = await connection.read(buffer)) {
      answer += decoder.decode(buffer.subarray(0, n), { stream: true });
    }
  } catch {
    // The server may close before all is sent.
  } finally {
    connection.close();
  }
  return answer;
}
