{{/* What no schema sees: values that contradict each other, or the flow. */}}
{{- define "clipline.check" -}}
{{- $v := .Values -}}
{{- /* Probes by gRPC, and budgets that do not count pods that are not ready. Not as kubeVersion in
Chart.yaml: Helm from `go install` takes v1.20.0 for any cluster that it cannot ask. */}}
{{- $kubernetes := .Capabilities.KubeVersion.Version -}}
{{- if and (semverCompare "<1.27.0-0" $kubernetes) (ne $kubernetes "v1.20.0") -}}
{{- fail (printf "Kubernetes is %s; expected 1.27 or later" $kubernetes) -}}
{{- end -}}
{{- if not (regexMatch "^[a-z]" (include "clipline.fullname" .)) -}}
{{- fail (printf "Services are called after the release, which begins with no letter: '%s'; expected another name, or fullnameOverride" .Release.Name) -}}
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
{{- include "clipline.checkVariables" $v -}}
{{- include "clipline.checkResources" $v -}}
{{- $update := $v.rollingUpdate -}}
{{- if and (has (toString $update.maxSurge) (list "0" "0%")) (has (toString $update.maxUnavailable) (list "0" "0%")) -}}
{{- fail "rollingUpdate: maxSurge and maxUnavailable are both 0, so no pod could be replaced; expected 1 or more of one of them" -}}
{{- end -}}
{{- if and (not $v.serviceAccount.create) $v.serviceAccount.annotations -}}
{{- fail "serviceAccount.annotations: are those of an account that the release makes; expected 'create: true', or none" -}}
{{- end -}}
{{- $labels := include "clipline.labels" . | fromYaml -}}
{{- range $where, $added := dict "podLabels" $v.podLabels "serviceMonitor.labels" (default dict $v.serviceMonitor.labels) -}}
{{- range $label := keys $added -}}
{{- if hasKey $labels $label -}}
{{- fail (printf "%s: '%s' is the chart's own; expected another one" $where $label) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- include "clipline.checkPorts" $v -}}
{{- $ports := list -}}
{{- range $v.ports }}{{ $ports = append $ports (int .port) }}{{ end -}}
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
{{- include "clipline.checkVolumes" $v -}}
{{- if and $v.flow.secret (hasKey $v.secrets "flow") -}}
{{- fail "secrets.flow: is what 'flow.secret' makes; expected another name" -}}
{{- end -}}
{{- $own := list "checksum/flow" "checksum/secrets" -}}
{{- range $name := keys $v.podAnnotations -}}
{{- if has $name $own -}}
{{- fail (printf "podAnnotations: '%s' is the chart's own; expected another one" $name) -}}
{{- end -}}
{{- end -}}
{{- if include "clipline.ownFlow" . -}}
{{- include "clipline.checkFlow" (dict "text" $v.flow.text "ports" $v.ports) -}}
{{- end -}}
{{- end -}}
