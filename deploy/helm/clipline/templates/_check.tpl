{{/* What no schema sees: values that contradict each other, or the flow. */}}
{{- define "clipline.check" -}}
{{- $v := .Values -}}
{{- /* Probes by gRPC, and budgets that do not count pods that are not ready. Not as kubeVersion in
Chart.yaml: Helm from `go install` takes v1.20.0 for any cluster that it cannot ask. */}}
{{- $kubernetes := .Capabilities.KubeVersion.Version -}}
{{- if and (semverCompare "<1.27.0-0" $kubernetes) (ne $kubernetes "v1.20.0") -}}
{{- fail (printf "Kubernetes is %s; expected 1.27 or later" $kubernetes) -}}
{{- end -}}
{{- if and $v.flow.existingConfigMap $v.flow.existingSecret -}}
{{- fail "flow.existingConfigMap and flow.existingSecret: expected one of them" -}}
{{- end -}}
{{- if and $v.workspace.enabled (or (gt (int $v.replicas) 1) $v.autoscaling.enabled) -}}
{{- fail "workspace.enabled: each of several pods would have an index of its own; expected 'replicas: 1' and 'autoscaling.enabled: false', or a flow with a PostgreSQL that all share" -}}
{{- end -}}
{{- if and $v.cache.existingClaim $v.cache.create -}}
{{- fail "cache.existingClaim and cache.create: expected one of them" -}}
{{- end -}}
{{- if and $v.autoscaling.enabled (gt (int $v.autoscaling.minReplicas) (int $v.autoscaling.maxReplicas)) -}}
{{- fail "autoscaling.minReplicas: is more than maxReplicas" -}}
{{- end -}}
{{- if and $v.autoscaling.enabled (not (include "clipline.hasMetrics" .)) -}}
{{- fail "autoscaling.enabled: without a port for metrics nothing says how many servers are wanted; expected one with the protocol 'metrics' in 'ports', and 'monitoring: true' in the flow" -}}
{{- end -}}
{{- range $name, $key := dict "SHUTDOWN_GRACE" "graceSeconds" "SHUTDOWN_DELAY" "delaySeconds" -}}
{{- if hasKey $v.env $name -}}
{{- fail (printf "env.%s: expected 'shutdown.%s' instead, by which Kubernetes waits too" $name $key) -}}
{{- end -}}
{{- end -}}
{{- $ports := list -}}
{{- $names := list -}}
{{- range $v.ports -}}
{{- if has (int .port) $ports -}}
{{- fail (printf "ports: %d is there twice; expected one entry with all its protocols" (int .port)) -}}
{{- end -}}
{{- if has .name $names -}}
{{- fail (printf "ports: the name '%s' is there twice" .name) -}}
{{- end -}}
{{- $ports = append $ports (int .port) -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- range $which := list "ready" "live" -}}
{{- $probe := get $v.probes $which -}}
{{- if gt (len $probe) 1 -}}
{{- fail (printf "probes.%s: has %s; expected one of them" $which (keys $probe | sortAlpha | join " and ")) -}}
{{- end -}}
{{- range $kind, $handler := $probe -}}
{{- if and (hasKey $handler "port") (not (has (int $handler.port) $ports)) -}}
{{- fail (printf "probes.%s.%s.port: %d is not one of 'ports'" $which $kind (int $handler.port)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $v.secretFiles -}}
{{- if has .name (list "flow" "cache" "tmp" "models" "workspace") -}}
{{- fail (printf "secretFiles: '%s' is a volume that the chart has already; expected another name" .name) -}}
{{- end -}}
{{- end -}}
{{- $volumes := list "flow" "cache" "tmp" "models" "workspace" -}}
{{- range concat $v.secretFiles $v.extraVolumes }}{{ $volumes = append $volumes .name }}{{ end -}}
{{- range $v.extraVolumeMounts -}}
{{- if not (has .name $volumes) -}}
{{- fail (printf "extraVolumeMounts: there is no volume '%s'; expected it in extraVolumes" .name) -}}
{{- end -}}
{{- end -}}
{{- if include "clipline.ownFlow" . -}}
{{- include "clipline.checkFlow" (dict "text" $v.flow.text "ports" $ports) -}}
{{- end -}}
{{- end -}}

{{/* A flow that is none, or that listens where no port is. Ports out of variables are not looked at. */}}
{{- define "clipline.checkFlow" -}}
{{- $flow := fromYaml .text -}}
{{- if hasKey $flow "Error" -}}
{{- fail (printf "flow.text is no YAML: %s" $flow.Error) -}}
{{- end -}}
{{- if not (hasKey $flow "executors") -}}
{{- fail "flow.text has no 'executors': expected a flow, as in flows/torch-flow.yml" -}}
{{- end -}}
{{- $ports := .ports -}}
{{- range $name := list "with" "gateway" -}}
{{- $section := get $flow $name -}}
{{- if kindIs "map" $section -}}
{{- $said := get $section "port" -}}
{{- range (ternary $said (list $said) (kindIs "slice" $said)) -}}
{{- if and (kindIs "float64" .) (not (has (int .) $ports)) -}}
{{- fail (printf "ports: the flow listens on %d, which is not one of them" (int .)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
