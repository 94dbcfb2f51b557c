/**
 * Draws the README's moving picture of the first start: runs the demonstration server with an empty
 * cache, and writes what it printed, line by line at its time, as an SVG that moves by itself.
 *
 *     deno run -A tools/first_start.ts [FILE]      default: docs/images/first-start.svg
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TextLineStream } from "../bench/serving/text_lines.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What is typed, as in the README. */
const COMMAND = "npx -y deno@2.9.6 task demo";
/** Seconds from one thing to the next: never too fast to read, never too slow to watch. */
const LEAST_S = 0.25;
const MOST_S = 1.2;
/** Characters of a line; longer ones are cut. */
const COLUMNS = 112;
const LINE_PX = 19;
const CHARACTER_PX = 7.85;
const MARGIN_PX = 16;

/** A line, and when it came. */
export interface PrintedLine {
  text: string;
  /** Milliseconds. */
  at: number;
}

/** The picture. @param lines in the order of their coming. */
export function firstStartSvg(lines: readonly PrintedLine[]): string {
  const width = Math.ceil(COLUMNS * CHARACTER_PX + 2 * MARGIN_PX);
  const height = (lines.length + 1) * LINE_PX + 2 * MARGIN_PX;
  let seconds = LEAST_S;
  let before = lines[0]?.at ?? 0;
  const drawn = [row(`$ ${COMMAND}`, 0, 0, "typed")];
  lines.forEach(({ text, at }, index) => {
    seconds += Math.min(MOST_S, Math.max(LEAST_S, (at - before) / 1000));
    before = at;
    if (text !== "") drawn.push(row(cut(text), index + 1, seconds, toneOf(text)));
  });
  return `<!-- deno-fmt-ignore-file -->\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}" role="img">\n<title>The first start of the demonstration server</title>\n` +
    `<style>${STYLE}</style>\n<rect width="100%" height="100%" rx="8" fill="#0d1117"/>\n` +
    `${drawn.join("\n")}\n</svg>\n`;
}

const STYLE = `
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre;
  fill: #9da7b3; opacity: 0; animation: come 0.1s linear forwards }
.typed { fill: #e6edf3; font-weight: 600 } .ready { fill: #3fb950; font-weight: 600 }
.told { fill: #e6edf3 }
@keyframes come { to { opacity: 1 } }
@media (prefers-reduced-motion: reduce) { text { animation: none; opacity: 1 } }
`;

function row(text: string, line: number, seconds: number, tone: string): string {
  const y = MARGIN_PX + (line + 0.75) * LINE_PX;
  return `<text class="${tone}" x="${MARGIN_PX}" y="${y}" style="animation-delay:` +
    `${seconds.toFixed(2)}s">${escaped(text)}</text>`;
}

function toneOf(text: string): string {
  if (text.endsWith(" is ready")) return "ready";
  return / (INFO|WARNING) /.test(text) ? "logged" : "told";
}

function cut(text: string): string {
  return text.length <= COLUMNS ? text : `${text.slice(0, COLUMNS - 1)}…`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A line without what belongs to this machine and this day. */
export function impersonal(line: string): string {
  return line.replace(/^\d{4}-\d\d-\d\dT([\d:]{8})\.\d+Z/, "$1")
    .replace(/( \w+:\/\/127\.0\.0\.1:\d+) {2}.*/, "$1")
    .replaceAll(ROOT, "")
    .replace(/^( {2}stop .* kill) \d+$/, "$1 12345")
    .replace(/ directory=\S+/, " directory=~/.cache/clipline/graphs/…");
}

/** What the demonstration server prints until it is ready. */
async function firstStart(): Promise<PrintedLine[]> {
  const cache = await Deno.makeTempDir({ prefix: "clipline-first-start-" });
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "main.ts", "demo-flow.yml"],
    cwd: ROOT,
    env: { CLIPLINE_CACHE: cache, NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const lines: PrintedLine[] = [];
  const read = async (stream: ReadableStream<Uint8Array>) => {
    for await (const line of stream.pipeThrough(new TextLineStream())) {
      lines.push({ text: impersonal(line), at: performance.now() });
      if (/^ {2}curl /.test(line)) child.kill("SIGTERM");
    }
  };
  await Promise.all([read(child.stdout), read(child.stderr)]);
  await child.status;
  await Deno.remove(cache, { recursive: true });
  const last = lines.findIndex(({ text }) => /^ {2}curl /.test(text));
  return lines.slice(0, last + 1);
}

if (import.meta.main) {
  const file = Deno.args[0] ?? join(ROOT, "docs/images/first-start.svg");
  await Deno.writeTextFile(file, firstStartSvg(await firstStart()));
}
