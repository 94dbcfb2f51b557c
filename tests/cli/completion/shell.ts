/** Shells, run for what they print. */

/** @throws {Error} if the shell complains or fails. */
export async function runShell(words: readonly string[], cwd?: string): Promise<string> {
  const [command, ...args] = words;
  const { code, stdout, stderr } = await new Deno.Command(command!, {
    args,
    stdin: "null",
    ...(cwd === undefined ? {} : { cwd }),
    env: { TERM: "xterm" },
  }).output();
  const decoder = new TextDecoder();
  const complaint = decoder.decode(stderr);
  if (code !== 0 || complaint !== "") throw new Error(`${command}: ${code}: ${complaint}`);
  return decoder.decode(stdout);
}
