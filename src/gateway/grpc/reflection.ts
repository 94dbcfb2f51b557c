/** `grpc.reflection`: what is served here, told to clients such as grpcurl. */
import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { Server, ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import type { PackageDefinition } from "@grpc/proto-loader";
import { ReflectionService } from "@grpc/reflection";
import { ClipError } from "../../errors.ts";
import type { GrpcHandler } from "./call.ts";

/** A question is a name. */
const MAX_QUESTION_BYTES = 2 ** 14;

/**
 * The methods of both versions of the protocol, by full path.
 * @param services full names of the services that are told of.
 */
export function reflectionMethods(
  definition: PackageDefinition,
  services: readonly string[],
): Map<string, GrpcHandler> {
  const methods = new Map<string, GrpcHandler>();
  // It wants a server of grpc-js to add itself to, and of that nothing but this.
  const registry: Pick<Server, "addService"> = {
    addService(service: ServiceDefinition, implementation: UntypedServiceImplementation) {
      for (const [name, method] of Object.entries(service)) {
        const listen = implementation[name] as (stream: EventEmitter) => void;
        methods.set(method.path, async (call) => {
          const stream = new AnsweringStream();
          listen(stream);
          for (let asked; (asked = await call.read()) !== undefined; asked.release()) {
            if (asked.length > MAX_QUESTION_BYTES) {
              throw new ClipError("too_large", "A question to reflection is a name, not more");
            }
            const question = parse(method.requestDeserialize, asked.bytes);
            await call.write(method.responseSerialize(stream.ask(question)));
          }
        });
      }
    },
  };
  new ReflectionService(definition, { services: [...services] }).addToServer(registry as Server);
  return methods;
}

/** The stream that the service listens to; it answers each question at once. */
class AnsweringStream extends EventEmitter {
  #answer: unknown;

  ask(question: unknown): unknown {
    this.emit("data", question);
    return this.#answer;
  }

  write(answer: unknown): void {
    this.#answer = answer;
  }

  end(): void {}
}

function parse(deserialize: (bytes: Buffer) => unknown, bytes: Uint8Array): unknown {
  try {
    return deserialize(Buffer.from(bytes));
  } catch (cause) {
    throw new ClipError("invalid", "The message is no question to reflection", { cause });
  }
}
