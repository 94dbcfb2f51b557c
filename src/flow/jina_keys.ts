/**
 * Keys that Jina 3 knows and that mean nothing in this server: taken from the tables of arguments in
 * Jina's documentation (flow-args, gateway-args, executor-args, deployment-args) and from
 * clip_server's executors. They are accepted with one warning each, so that a flow that ran under
 * Jina runs here unchanged.
 */

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

const OF_ANY_OBJECT = words(`
  workspace workspace_id log_config quiet quiet_error timeout_ctrl entrypoint docker_kwargs
  runtime_cls runtime_backend env_from_secret floating reload retries metrics
  metrics_exporter_host metrics_exporter_port
  grpc_server_options grpc_channel_options volumes gpus disable_auto_volume shards polling
  pod_role shard_id replica_id daemon install_requirements force_update prefer_platform
  uses_before uses_after no_reduce disable_reduce extra_search_paths image_pull_secrets jcloud
  labels provider provider_endpoint allow_concurrent
`);

/** Of the flow itself, beside `with` and `executors`. */
export const JINA_FLOW_KEYS: readonly string[] = words(`
  name workspace_id env_from_secret jcloud metas labels includes log_config quiet
`);

/** Of `with:` and `gateway:`. */
export const JINA_GATEWAY_KEYS: readonly string[] = [
  ...OF_ANY_OBJECT,
  ...words(`
  name uses uses_with uses_metas py_modules replicas timeout_ready proxy
  expose_graphql_endpoint graph_description graph_conditions deployments_addresses
  deployments_metadata deployments_no_reduce deployments_disable_reduce inspect optimize_level
  default_swagger_ui host_in port_in asyncio tls metas
`),
];

/** Of `with.uvicorn_kwargs`: options of Python's web server. */
export const JINA_UVICORN_KEYS: readonly string[] = words(`
  uds fd loop http ws ws_max_size ws_max_queue ws_ping_interval ws_ping_timeout
  ws_per_message_deflate lifespan interface workers env_file log_level access_log use_colors
  proxy_headers server_header date_header forwarded_allow_ips root_path limit_concurrency
  limit_max_requests backlog timeout_keep_alive timeout_notify timeout_graceful_shutdown
  callback_notify ssl_version ssl_cert_reqs ssl_ca_certs ssl_ciphers headers factory
  h11_max_incomplete_event_size host port debug reload reload_dirs
`);

/** Of an entry of `executors:`. */
export const JINA_EXECUTOR_KEYS: readonly string[] = [
  ...OF_ANY_OBJECT,
  ...words(`
  uses_requests uses_dynamic_batching output_array_type exit_on_exceptions raft_configuration
  stateful peer_ports pod_ports native host port external tls needs when method connection_list
  uses_before_address uses_after_address compression timeout_send upload_files
  cuda_visible_devices port_jinad hosts ports deployment_role prefetch metas requests
  dynamic_batching install_requirements description
`),
];

/** Of `uses:`. */
export const JINA_USES_KEYS: readonly string[] = words(`
  requests dynamic_batching workspace version name description
`);

/** Of `uses.metas:`. */
export const JINA_METAS_KEYS: readonly string[] = words(`
  workspace description keywords url documentation version alias requests workspace_id on_gpu
  is_updated batch_size labels
`);

/** Of `uses.with:`: arguments of clip_server's own executors that have no counterpart. */
export const CLIP_SERVER_ENCODER_KEYS: readonly string[] = words(`
  pool_backend download_root prefetch root_dir drop_image_content metas requests runtime_args
  workspace dynamic_batching
`);

/** Of an entry of `executors:` that is an indexer, which has a workspace, and an encoder it needs. */
export const JINA_INDEXER_KEYS: readonly string[] = [
  ...JINA_EXECUTOR_KEYS.filter((key) => !["workspace", "needs", "shards"].includes(key)),
  "env",
];

/** Of an indexer's `uses:`. */
export const JINA_INDEXER_USES_KEYS: readonly string[] = JINA_USES_KEYS.filter((key) =>
  key !== "workspace"
);

/** Of an indexer's `uses.metas:`. */
export const JINA_INDEXER_METAS_KEYS: readonly string[] = JINA_METAS_KEYS.filter((key) =>
  key !== "workspace"
);

/** Of an indexer's `uses.with:`: what annlite 0.3 to 0.5 have and an index here has no use for. */
export const ANNLITE_KEYS: readonly string[] = words(`
  restore_key serialize_config n_components list_like token metas requests runtime_args
  dynamic_batching
`);

/** Of `match_args`: arguments of docarray's `match` (0.13 to 0.21). */
export const DOCARRAY_MATCH_KEYS: readonly string[] = words(`
  metric normalization metric_name batch_size exclude_self filter only_id use_scipy device
  num_worker on strip_metadata is_distance
`);
