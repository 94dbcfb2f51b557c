import denoConfig from "../deno.json" with { type: "json" };

/** This server's version. */
export const VERSION: string = denoConfig.version;
