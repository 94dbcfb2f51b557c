/** What Triton has beyond the protocol and this server has not, each with the reason. */

/** Models are those of the flow. */
export const NO_REPOSITORY =
  "Models are neither loaded nor unloaded here: they are those of the flow, from start to end";

export const NO_SHARED_MEMORY =
  "Shared memory is not served here: send tensors with the request, and take them from the answer";

export const NO_CLASSIFICATION =
  "Classes are not served here: an embedding has none. Leave 'classification' out";

export const NO_TRACE = "Traces are not served here: the log tells of requests ('log_requests')";

export const NO_LOG_SETTINGS =
  "The log is not set here: its level is that of the command line and the flow";

export const NO_GENERATE = "Models here embed: they generate nothing. Use '/infer'";
