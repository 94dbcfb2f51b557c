/**
 * Unicode's normalisation, in time that grows with the text. ICU puts each combining mark into its
 * place by going back over those before it: a run of n that stand in a wrong order takes n² steps,
 * minutes for a megabyte. A run is put in order here first, which changes nothing of the outcome: texts
 * that differ only so are canonically equivalent (Unicode Standard Annex 15, and section 3.11 of the
 * standard, "Canonical Ordering Algorithm").
 */

/** The forms. */
export type NormalizationForm = "NFC" | "NFD" | "NFKC" | "NFKD";

/** Texts of fewer UTF-16 units take less than a tenth of a millisecond in whatever order. */
const SHORT_TEXT = 512;

/** Runs of so many UTF-16 units are put in order here: no language has such. */
const LONG_RUN = 64;

/** What may be or become a mark that is moved; the two halfwidth sound marks by NFKC and NFKD. */
const MARKS = /[\p{M}\uff9e\uff9f]+/gu;

/** `text.normalize(form)`. */
export function normalize(text: string, form: NormalizationForm): string {
  if (text.length < SHORT_TEXT) return text.normalize(form);
  const inOrder = text.replace(MARKS, (run) => run.length < LONG_RUN ? run : ordered(run, form));
  return inOrder.normalize(form);
}

/** Marks, taken apart, each stretch without a starter in the order of its classes. */
function ordered(run: string, form: NormalizationForm): string {
  const apart = form === "NFC" || form === "NFD" ? "NFD" : "NFKD";
  const decomposed = new Map<string, string>();
  const pieces: string[] = [];
  let stretch: string[][] = [];
  for (const mark of run) {
    let parts = decomposed.get(mark);
    if (parts === undefined) decomposed.set(mark, parts = mark.normalize(apart));
    for (const part of parts) {
      const place = placeOf(part);
      if (place !== undefined) (stretch[place] ??= []).push(part);
      else {
        pieces.push(joined(stretch), part);
        stretch = [];
      }
    }
  }
  pieces.push(joined(stretch));
  return pieces.join("");
}

function joined(stretch: readonly string[][]): string {
  return stretch.flat().join("");
}

let places: Map<string, number> | undefined;

/** Where a mark stands among others, of equal class equally; undefined for a starter (class 0). */
function placeOf(mark: string): number | undefined {
  return (places ??= findPlaces()).get(mark);
}

/** U+0345 has the highest class of all, and stands alone in it. */
const LAST = "\u0345";

/** Asks the normalisation that there is: the classes are those of its version of Unicode. */
function findPlaces(): Map<string, number> {
  const marks: string[] = [];
  for (let code = 0x300; code <= 0x1ffff; code++) {
    const mark = String.fromCodePoint(code);
    if (isMoved(mark)) marks.push(mark);
  }
  const found = new Map<string, number>();
  let place = 0;
  let before: string | undefined;
  for (const mark of marks.join("").normalize("NFD")) {
    if (before !== undefined && (mark + before).normalize("NFD") !== mark + before) place++;
    found.set(mark, place);
    before = mark;
  }
  return found;
}

/** Whether it has a class, and is not made of others. */
function isMoved(mark: string): boolean {
  if (mark === LAST) return true;
  return /^\p{M}$/u.test(mark) && mark.normalize("NFD") === mark &&
    (LAST + mark).normalize("NFD") !== LAST + mark;
}
