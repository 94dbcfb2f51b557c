# A server image: Deno, the locked packages of this platform, the source. Non-root; the root file
# system may be read-only: only the cache of models and the workspace of indexes are written.
FROM denoland/deno:2.9.6 AS packages
WORKDIR /app
COPY deno.json deno.lock ./
COPY main.ts ./
COPY client ./client
COPY src ./src
COPY workers ./workers
RUN deno install --frozen --entrypoint main.ts workers/replica.ts workers/preprocess.ts workers/convert.ts \
  workers/tokenize.ts workers/index.ts \
  # ONNX Runtime ships every platform's library in one package.
  && find node_modules -type d \( -path '*/onnxruntime-node/bin/*/darwin' -o -path '*/onnxruntime-node/bin/*/win32' \) \
  -prune -exec rm -rf {} + \
  && if [ "$(uname -m)" = x86_64 ]; then other=arm64; else other=x64; fi \
  && find node_modules -type d -path "*/onnxruntime-node/bin/*/linux/$other" -prune -exec rm -rf {} + \
  && find node_modules -type d \( -path '*/prebuilds/darwin-*' -o -path '*/prebuilds/win32-*' -o -path "*/prebuilds/linux-$other" \) \
  -prune -exec rm -rf {} + \
  # The packages themselves stay: Deno takes its folder for unfinished without them.
  && find node_modules/.deno -path '*linuxmusl*' -type f \( -name '*.node' -o -name '*.so*' \) -delete

FROM denoland/deno:2.9.6
LABEL org.opencontainers.image.title="clipline" \
  org.opencontainers.image.description="CLIP embeddings of texts and images over gRPC, HTTP and WebSocket" \
  org.opencontainers.image.licenses="Apache-2.0"
# The WebGPU provider needs the Vulkan loader; the driver comes with the machine.
RUN apt-get update \
  && apt-get install -y --no-install-recommends libvulkan1 \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o deno -g deno /cache /workspace
WORKDIR /app
COPY --from=packages /app/node_modules ./node_modules
COPY . .
# Flows say `workspace: ./workspace`, as in Jina's documentation.
RUN ln -s /workspace ./workspace
ENV CLIPLINE_CACHE=/cache \
  CLIPLINE_WORKSPACE=/workspace \
  DENO_NO_UPDATE_CHECK=1 \
  DENO_DIR=/tmp/deno \
  LOG_FORMAT=json
# The user `deno` by number: orchestrators that insist on another than root read no names.
USER 1993:1993
VOLUME /cache /workspace
EXPOSE 51000 51001 9090
# Asks what the flow serves first; set HEALTH_URL for another port or protocol.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10m --retries=3 \
  CMD ["deno", "run", "--cached-only", "--no-prompt", "--allow-net", "--allow-env", "--allow-read", "--allow-sys", "tools/healthcheck.ts"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["deno", "run", "--v8-flags=--max-old-space-size=3072", "--cached-only", "--no-prompt", "--allow-net", "--allow-read", "--allow-write=/cache,/workspace,/app/workspace,/tmp", "--allow-env", "--allow-sys", "--allow-ffi", "main.ts"]
CMD ["torch-flow.yml"]
