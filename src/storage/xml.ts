/** The XML of answers: elements and their text, nothing else. */
// @ts-types="@types/sax"
import sax from "sax";

/** An element. */
export class XmlElement {
  readonly name: string;
  readonly children: XmlElement[] = [];
  text = "";

  constructor(name: string) {
    this.name = name;
  }

  /** The text of the first child of a name. */
  child(name: string): string | undefined {
    return this.children.find((child) => child.name === name)?.text;
  }

  /** All children of a name. */
  all(name: string): XmlElement[] {
    return this.children.filter((child) => child.name === name);
  }

  /** Itself or the first element below of a name. */
  find(name: string): XmlElement | undefined {
    if (this.name === name) return this;
    for (const child of this.children) {
      const found = child.find(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** Elements in elements: answers have four. */
const MOST_DEPTH = 32;

/**
 * The document's element. Namespaces are passed over; a document type is refused, and with it all
 * entities but XML's own five and numbers.
 * @throws {Error} if it is no XML.
 */
export function parseXml(text: string): XmlElement {
  const reader = sax.parser(true, { trim: false });
  const open: XmlElement[] = [];
  let root: XmlElement | undefined;
  reader.ondoctype = () => {
    throw new Error("it has a document type");
  };
  reader.onerror = (error) => {
    throw new Error(`it is no XML: ${error.message.split("\n")[0]}`);
  };
  reader.onopentag = ({ name }) => {
    const element = new XmlElement(name.slice(name.indexOf(":") + 1));
    open.at(-1)?.children.push(element);
    root ??= element;
    if (open.push(element) > MOST_DEPTH) throw new Error("its elements lie too deep");
  };
  const onText = (piece: string) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += piece;
  };
  reader.ontext = onText;
  reader.oncdata = onText;
  reader.onclosetag = () => void open.pop();
  reader.write(text).close();
  if (root === undefined) throw new Error("it is empty");
  return root;
}

/** The document's element, as `parseXml` has it; undefined where that throws. */
export function xmlOf(text: string): XmlElement | undefined {
  try {
    return parseXml(text);
  } catch {
    return undefined;
  }
}
