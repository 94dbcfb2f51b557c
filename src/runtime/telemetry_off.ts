/**
 * Turns ONNX Runtime's telemetry off, by being imported before it.
 *
 * Since 1.29 the published builds for Linux and macOS report processes, sessions and models to
 * Microsoft, and keep a device id in the home directory, unless `ORT_DISABLE_TELEMETRY` is set when
 * the library starts (microsoft/onnxruntime#27379). Nobody who serves embeddings expects that. A
 * value that is set already stays: `ORT_DISABLE_TELEMETRY=0` allows it.
 */
const VARIABLE = "ORT_DISABLE_TELEMETRY";

if (!Deno.env.get(VARIABLE)) Deno.env.set(VARIABLE, "1");
