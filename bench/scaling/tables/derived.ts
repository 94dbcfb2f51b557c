/** What docs/scaling.md has of other pages' figures, and of the calculator. */
import { markdownTable } from "../../page.ts";
import { planText } from "../plan/command.ts";

const PERFORMANCE = new URL("../../../docs/performance.md", import.meta.url);

/** Columns of the table of `deno task bench:gateway`: of two that are alike the second is now's. */
const PROTOCOL = 0;
const REQUEST = 1;
const DOCUMENTS = 3;
const MEGABYTES = 5;
const LIMIT = 12;

/** What the main thread can carry, by protocol and request, from docs/performance.md. */
export function gatewayTable(): string {
  const page = Deno.readTextFileSync(PERFORMANCE);
  const from = page.indexOf("<!-- measured:gateway -->");
  // The second table is that under load.
  const [table] = page.slice(from).split(/^(?=With \d+ threads of load)/m);
  const rows = table!.split("\n")
    .filter((line) => /^\| (http|grpc|websocket) /.test(line))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()))
    .map((cells) => [
      cells[PROTOCOL]!,
      cells[REQUEST]!,
      grouped(cells[DOCUMENTS]!),
      cells[MEGABYTES]!,
      grouped(cells[LIMIT]!),
      // Bytes of a document are the same however many there are.
      grouped(
        (Number(cells[MEGABYTES]) * Number(cells[LIMIT]) / Number(cells[DOCUMENTS])).toFixed(0),
      ),
    ]);
  return markdownTable(
    [
      "Protocol",
      "A request",
      "Documents/s, measured",
      "MB/s",
      "Documents/s of a whole thread",
      "MB/s of it",
    ],
    rows,
    (column) => column < 2 ? "---" : "--:",
  );
}

/** A plan as a block of text. @param command options as in the page */
export function planBlock(command: string): string {
  return `\`\`\`text\n${planText(command.split(" "))}\n\`\`\``;
}

function grouped(number: string): string {
  return Number(number).toLocaleString("en-US");
}
