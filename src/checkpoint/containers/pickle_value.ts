/** What the pickle machine can build: plain containers, tensors, and things it will not look into. */

import type { ElementType } from "./dtype.ts";

/** A Python tuple. Lists are JavaScript arrays. */
export class Tuple {
  constructor(readonly items: readonly unknown[]) {}
}

/** A Python dict (or OrderedDict). Keys that are containers are compared by identity. */
export class Dict {
  readonly entries = new Map<unknown, unknown>();
}

/** An object of a TorchScript archive: class name and attributes, no behaviour. */
export class ModuleRecord {
  readonly attributes = new Map<string, unknown>();
  constructor(readonly className: string) {}
}

/** An object of a known, harmless class that is of no use here. It was not built, only skipped. */
export class Opaque {
  constructor(readonly className: string) {}
}

/** A torch.dtype, by our name for it; nothing for those that no weight has. */
export class DtypeValue {
  constructor(readonly type: ElementType | undefined) {}
}

/** A storage as a pickle refers to it: its data is elsewhere in the file. */
export interface StorageValue {
  readonly kind: "storage";
  /** Member `data/<key>` of the archive. */
  readonly key: string;
  readonly type: ElementType;
  /** Length of what the pickle refers to, in elements. */
  readonly elements: number;
  /** Where that begins in the keyed storage, in elements (views of the legacy format). */
  readonly start: number;
}

/** A tensor: a view of a storage, checked to lie inside of it. Units: elements. */
export class TensorValue {
  constructor(
    readonly storage: StorageValue,
    readonly type: ElementType,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

/** A global that the pickle named and that is on the allow list. */
export class GlobalValue {
  constructor(readonly name: string, readonly allowed: AllowedGlobal) {}
}

/** What may be done with a global. */
export type AllowedGlobal =
  /** Called with arguments, it is this function of ours. */
  | { readonly kind: "function"; readonly call: (args: readonly unknown[]) => unknown }
  /** The class of a storage, only meaningful inside of a persistent id. */
  | { readonly kind: "storage"; readonly type: ElementType | undefined }
  /** A class of a TorchScript archive. */
  | { readonly kind: "module" }
  /** A harmless class whose objects are skipped. */
  | { readonly kind: "opaque" };
