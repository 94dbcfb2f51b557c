/** Where the time of a request goes. */
import type { Route } from "../src/dialects/jina/document/request.ts";
import { ClipClientError } from "./errors.ts";

/** Milliseconds, by the names that `clip_client` gives them. */
export interface Profile {
  "Roundtrip": number;
  "Client-server network": number;
  "Server": number;
  "Gateway-CLIP network": number;
  "CLIP model": number;
}

/**
 * What an answer's routes tell.
 * @param roundtrip milliseconds that the request took here.
 * @throws {ClipClientError} protocol: there are none.
 */
export function profileOf(routes: readonly Route[], roundtrip: number): Profile {
  const [gateway, model] = routes.map(({ startTime, endTime = NaN }) => endTime - startTime);
  if (gateway === undefined || model === undefined || Number.isNaN(gateway + model)) {
    throw new ClipClientError("protocol", "The answer does not say where its time went (routes)");
  }
  return {
    "Roundtrip": roundtrip,
    "Client-server network": roundtrip - gateway,
    "Server": gateway,
    "Gateway-CLIP network": gateway - model,
    "CLIP model": model,
  };
}

/** A profile as a tree of text, as `clip_client` prints it. */
export function profileTree(profile: Profile): string {
  const line = (name: keyof Profile, of: keyof Profile) => {
    const share = profile[of] === 0 ? 0 : 100 * profile[name] / profile[of];
    return `${name}  ${profile[name].toFixed(0)}ms  ${share.toFixed(0)}%`;
  };
  return [
    line("Roundtrip", "Roundtrip"),
    `├── ${line("Client-server network", "Roundtrip")}`,
    `└── ${line("Server", "Roundtrip")}`,
    `    ├── ${line("Gateway-CLIP network", "Server")}`,
    `    └── ${line("CLIP model", "Server")}`,
  ].join("\n");
}
