/** Pieces of text by what they begin with: a trie whose edges lie in one hash table. */

/** No node, or no piece. */
export const NONE = -1;
/** The empty text. */
export const ROOT = 0;

/** Texts and their ids, as typed arrays: some dozen bytes for each character that is not shared. */
export class PieceTrie {
  #nodes = 1;
  /** By node. */
  #ids = new Int32Array(1 << 10).fill(NONE);
  /** By slot; a slot with child 0 is empty. */
  #parents = new Int32Array(1 << 11);
  #units = new Uint16Array(1 << 11);
  #children = new Int32Array(1 << 11);

  /** Adds a piece; one that is there gets the new id. */
  set(piece: string, id: number): void {
    let node = ROOT;
    for (let i = 0; i < piece.length; i++) node = this.#stepOrAdd(node, piece.charCodeAt(i));
    this.#ids[node] = id;
  }

  /** The node of a text and one more UTF-16 unit; `NONE` if no piece begins so. */
  step(node: number, unit: number): number {
    return this.#children[this.#slot(node, unit)]! || NONE;
  }

  /** The id of the piece that ends at a node, or `NONE`. */
  id(node: number): number {
    return this.#ids[node]!;
  }

  /** The node of a text; `NONE` if no piece begins so. */
  node(text: string): number {
    let node = ROOT;
    for (let i = 0; i < text.length && node !== NONE; i++) {
      node = this.step(node, text.charCodeAt(i));
    }
    return node;
  }

  /** The id of a text, or `NONE`. */
  find(text: string): number {
    const node = this.node(text);
    return node === NONE ? NONE : this.#ids[node]!;
  }

  #slot(node: number, unit: number): number {
    const mask = this.#children.length - 1;
    let hash = Math.imul(node, 0x9e3779b1) ^ Math.imul(unit, 0x85ebca6b);
    hash ^= hash >>> 15;
    let slot = Math.imul(hash, 0x2c1b3c6d) >>> 7 & mask;
    while (
      this.#children[slot] !== 0 && (this.#parents[slot] !== node || this.#units[slot] !== unit)
    ) slot = (slot + 1) & mask;
    return slot;
  }

  #stepOrAdd(node: number, unit: number): number {
    let slot = this.#slot(node, unit);
    if (this.#children[slot] !== 0) return this.#children[slot]!;
    if (4 * this.#nodes >= 3 * this.#children.length) {
      this.#grow();
      slot = this.#slot(node, unit);
    }
    if (this.#nodes === this.#ids.length) {
      const ids = new Int32Array(2 * this.#nodes).fill(NONE);
      ids.set(this.#ids);
      this.#ids = ids;
    }
    this.#parents[slot] = node;
    this.#units[slot] = unit;
    return this.#children[slot] = this.#nodes++;
  }

  #grow(): void {
    const [parents, units, children] = [this.#parents, this.#units, this.#children];
    this.#parents = new Int32Array(2 * children.length);
    this.#units = new Uint16Array(2 * children.length);
    this.#children = new Int32Array(2 * children.length);
    for (let i = 0; i < children.length; i++) {
      if (children[i] === 0) continue;
      const slot = this.#slot(parents[i]!, units[i]!);
      this.#parents[slot] = parents[i]!;
      this.#units[slot] = units[i]!;
      this.#children[slot] = children[i]!;
    }
  }
}
