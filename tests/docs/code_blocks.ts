/** Fenced code blocks of Markdown, with the HTML comments that stand right before them. */

/** One block. */
export interface CodeBlock {
  file: string;
  /** Line of the opening fence, from 1. */
  line: number;
  /** First word after the fence; empty if there is none. */
  language: string;
  /** What stands between the fences, ending with a line break unless it is empty. */
  text: string;
  /** Texts of the comments right before it, blank lines aside, in their order. */
  marks: readonly string[];
}

const FENCE = /^(`{3,}|~{3,})\s*([^`]*)$/;
const COMMENT = /^<!--\s*(.*?)\s*-->$/;

/**
 * All fenced blocks of a page.
 * @throws {Error} if the last fence is not closed.
 */
export function codeBlocks(markdown: string, file: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = markdown.split("\n");
  let marks: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const text = lines[i]!.trim();
    const fence = FENCE.exec(text);
    if (!fence) {
      const comment = COMMENT.exec(text);
      if (comment) marks.push(comment[1]!);
      else if (text !== "") marks = [];
      continue;
    }
    const end = closingLine(lines, i, fence[1]!);
    if (end === undefined) throw new Error(`${file}:${i + 1}: this fence is not closed`);
    const inside = lines.slice(i + 1, end);
    blocks.push({
      file,
      line: i + 1,
      language: fence[2]!.trim().split(/\s+/)[0]!.toLowerCase(),
      text: inside.map((line) => `${line}\n`).join(""),
      marks,
    });
    marks = [];
    i = end;
  }
  return blocks;
}

/** A closing fence is of the same sign, as long or longer, and alone. */
function closingLine(lines: readonly string[], open: number, fence: string): number | undefined {
  for (let i = open + 1; i < lines.length; i++) {
    const text = lines[i]!.trim();
    if (text.startsWith(fence) && [...text].every((sign) => sign === fence[0])) return i;
  }
  return undefined;
}

/** The reason of a block's `<!-- not run: REASON -->`. */
export function notRun(block: CodeBlock): string | undefined {
  const mark = block.marks.find((text) => text.startsWith("not run:"));
  return mark?.slice("not run:".length).trim();
}

/** Targets of a page's links and pictures, outside of code. */
export function linkTargets(markdown: string): string[] {
  const prose = markdown.replace(/^(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1[`~]*\s*$/gm, "")
    .replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
}

/** Anchors of a page's headings, as GitHub makes them. */
export function anchors(markdown: string): Set<string> {
  const headings = markdown.replace(/^(`{3,})[^\n]*\n[\s\S]*?^\1\s*$/gm, "")
    .matchAll(/^#{1,6}\s+(.+?)\s*$/gm);
  return new Set(
    [...headings].map(([, text]) =>
      text!.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-")
    ),
  );
}
