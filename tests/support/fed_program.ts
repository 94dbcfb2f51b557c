/** Programs of others that are given all of their standard input, and whose output is kept. */

/** How it went. */
export interface FedProgram {
  ok: boolean;
  stdout: string;
  stderr: string;
}

/** Runs one to its end. */
export async function runFed(
  program: string,
  args: readonly string[],
  stdin: string,
  env: Record<string, string> = {},
): Promise<FedProgram> {
  const process = new Deno.Command(program, {
    args: [...args],
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // Taken while it is fed: who fills the pipe of its output would read no more.
  const ended = process.output();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin));
  await writer.close();
  const { success, stdout, stderr } = await ended;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { ok: success, stdout: text(stdout), stderr: text(stderr) };
}
