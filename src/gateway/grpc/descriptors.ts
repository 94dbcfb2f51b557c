/** The protocol files that are served, as protoc read them (tools/generate_descriptors.py). */
import { type DescFile, fromBinary, toBinary } from "@bufbuild/protobuf";
import { createFileRegistry, type FileRegistry } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

const SET = new URL("../../../proto/descriptors.binpb", import.meta.url);

/** Files of `proto/`, and what stands in them. */
export class Descriptors {
  /** Full names of the services in the chosen files. */
  readonly services: readonly string[];
  /** Those of them that are listed to who asks by `grpc.reflection.v1alpha`. */
  readonly listedByAlpha: readonly string[];
  readonly #registry: FileRegistry;

  /**
   * @param protos the files whose services are told of, by their paths in `proto/`.
   * @param known full names of services beside which no others are listed by the older version of
   * reflection; by default all are.
   * @throws {Error} there is no such file: `descriptors.binpb` is older than it.
   */
  constructor(protos: readonly string[], known?: readonly string[]) {
    this.#registry = createFileRegistry(
      fromBinary(FileDescriptorSetSchema, Deno.readFileSync(SET)),
    );
    this.services = protos.flatMap((name) => {
      const file = this.#registry.getFile(name);
      if (!file) throw new Error(`${name} is not in ${SET.pathname}: it is to be made again`);
      return file.services.map(({ typeName }) => typeName);
    });
    this.listedByAlpha = this.services.filter((name) => known?.includes(name) ?? true);
  }

  /** A file and all that it imports, as bytes of `FileDescriptorProto`; undefined: there is none. */
  fileNamed(name: string): Uint8Array[] | undefined {
    const file = this.#registry.getFile(name);
    return file && withImports(file);
  }

  /** The same, of the file that has a type, a service, a method, a field or a value. */
  fileOf(symbol: string): Uint8Array[] | undefined {
    const file = this.#registry.get(symbol)?.file ?? this.#owner(symbol)?.file;
    return file && withImports(file);
  }

  /** Whether there is a message of this full name. */
  hasMessage(name: string): boolean {
    return this.#registry.getMessage(name) !== undefined;
  }

  /** What a method, a field or a value stands in. */
  #owner(symbol: string) {
    const dot = symbol.lastIndexOf(".");
    const owner = this.#registry.get(symbol.slice(0, Math.max(dot, 0)));
    const name = symbol.slice(dot + 1);
    const named = (part: { name: string }) => part.name === name;
    switch (owner?.kind) {
      case "service":
        return owner.methods.some(named) ? owner : undefined;
      case "message":
        return owner.fields.some(named) || owner.oneofs.some(named) ? owner : undefined;
    }
    return undefined;
  }
}

function withImports(file: DescFile): Uint8Array[] {
  const files = new Set([file]);
  for (const { dependencies } of files) for (const needed of dependencies) files.add(needed);
  return [...files].map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
}
