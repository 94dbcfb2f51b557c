/** Pictures out of what a visitor drops or chooses: files, and folders with all that is in them. */

/**
 * A picture that can be read when its turn comes.
 * @typedef {object} Source
 * @property {string} name of the file
 * @property {string} folder its path below what was dropped; "" if there is none
 * @property {string} caption "" if there is none
 * @property {string | null} url where anybody can get it; null for a file of the visitor's
 * @property {() => Promise<Blob>} read
 */

/** Endings of files that may be pictures: what the server cannot read, it says. */
const ENDINGS = /\.(png|apng|jpe?g|jpe|jfif|gif|webp|avif|bmp|tiff?|hei[cf]|jxl|svg)$/i;

/**
 * Whether a file is a picture, as far as its name and type tell. Hidden files are none: systems put
 * their own there, some of them named like pictures.
 * @param {string} name
 * @param {string} [type] MIME type; "" if it is not known
 */
export function isPicture(name, type = "") {
  return !name.startsWith(".") && (type.startsWith("image/") || ENDINGS.test(name));
}

/**
 * What is dropped. Must be called while the event is handled: it is gone afterwards.
 * @param {DataTransfer} data
 * @returns {(FileSystemEntry | File)[]}
 */
export function droppedOf(data) {
  return [...data.items].filter(({ kind }) => kind === "file").flatMap((item) => {
    const entry = item.webkitGetAsEntry?.() ?? item.getAsFile();
    return entry ? [entry] : [];
  });
}

/**
 * All pictures, folder after folder; `undefined` stands for a file that is none.
 * @param {Iterable<FileSystemEntry | File>} dropped
 * @returns {AsyncGenerator<Source | undefined>}
 * @throws {DOMException} if a folder cannot be read
 */
export async function* picturesIn(dropped) {
  for (const each of dropped) {
    if (each instanceof File) yield fileSource(each);
    else yield* entrySources(each, "");
  }
}

/**
 * @param {FileSystemEntry} entry
 * @param {string} folder
 * @returns {AsyncGenerator<Source | undefined>}
 */
async function* entrySources(entry, folder) {
  if (entry.isFile) {
    yield isPicture(entry.name)
      ? {
        name: entry.name,
        folder,
        caption: "",
        url: null,
        read: () => fileOf(/** @type {FileSystemFileEntry} */ (entry)),
      }
      : undefined;
    return;
  }
  if (entry.name.startsWith(".")) return;
  const inside = folder === "" ? entry.name : `${folder}/${entry.name}`;
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  // A reader gives a hundred at a time, and none at the end.
  for (;;) {
    const entries = await entriesOf(reader);
    if (entries.length === 0) return;
    for (const each of entries) yield* entrySources(each, inside);
  }
}

/**
 * @param {File} file
 * @returns {Source | undefined}
 */
function fileSource(file) {
  if (!isPicture(file.name, file.type)) return undefined;
  return {
    name: file.name,
    // The folder's picker gives the path with the name at its end.
    folder: file.webkitRelativePath.split("/").slice(0, -1).join("/"),
    caption: "",
    url: null,
    read: () => Promise.resolve(file),
  };
}

/**
 * @param {FileSystemFileEntry} entry
 * @returns {Promise<File>}
 */
function fileOf(entry) {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/**
 * @param {FileSystemDirectoryReader} reader
 * @returns {Promise<FileSystemEntry[]>}
 */
function entriesOf(reader) {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}
