{{/* Variables that something else says already, or that would make the server unusable. */}}
{{- define "clipline.checkVariables" -}}
{{- $names := concat (keys .env) .secretEnv.names -}}
{{- range .extraEnv }}{{ $names = append $names .name }}{{ end -}}
{{- range $name, $key := dict "SHUTDOWN_GRACE" "graceSeconds" "SHUTDOWN_DELAY" "delaySeconds" -}}
{{- if has $name $names -}}
{{- fail (printf "env.%s: expected 'shutdown.%s' instead, by which Kubernetes waits too" $name $key) -}}
{{- end -}}
{{- end -}}
{{- range $name := list "CLIPLINE_CACHE" "CLIPLINE_WORKSPACE" "DENO_DIR" "HOME" "PATH" -}}
{{- if has $name $names -}}
{{- fail (printf "env.%s: is the image's own, which writes to its volumes and nowhere else; expected another variable" $name) -}}
{{- end -}}
{{- end -}}
{{- $seen := list -}}
{{- range $names -}}
{{- if has . $seen -}}
{{- fail (printf "env, secretEnv.names and extraEnv: '%s' is there twice" .) -}}
{{- end -}}
{{- $seen = append $seen . -}}
{{- end -}}
{{- end -}}

{{/* Amounts that Kubernetes does not take together. */}}
{{- define "clipline.checkResources" -}}
{{- $limits := .resources.limits -}}
{{- range $which := list "requests" "limits" -}}
{{- if hasKey (get $.resources $which) "nvidia.com/gpu" -}}
{{- fail (printf "resources.%s: 'nvidia.com/gpu' is said by 'gpus'; expected it there" $which) -}}
{{- end -}}
{{- end -}}
{{- range $which := list "requests" "limits" -}}
{{- range $name, $amount := get $.resources $which -}}
{{- if and (contains "/" $name) (not (regexMatch "^[0-9]+$" (include "clipline.text" $amount))) -}}
{{- fail (printf "resources.%s.%s: %s is no number of devices" $which $name (toString $amount)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $name, $wanted := .resources.requests -}}
{{- if contains "/" $name -}}
{{- if ne (toString $wanted) (toString (get $limits $name)) -}}
{{- fail (printf "resources.requests.%s: devices are not shared; expected as many in resources.limits" $name) -}}
{{- end -}}
{{- else if hasKey $limits $name -}}
{{- $most := get $limits $name -}}
{{- if gt (include "clipline.amount" $wanted | float64) (include "clipline.amount" $most | float64) -}}
{{- fail (printf "resources.requests.%s: %s is more than resources.limits.%s, %s; expected as much at most" $name (toString $wanted) $name (toString $most)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What Kubernetes writes as 500m or 4Gi, as a number. */}}
{{- define "clipline.amount" -}}
{{- if kindIs "string" . -}}
{{- $number := regexFind "^[0-9.]+" . -}}
{{- $units := dict "m" 0.001 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 "Pi" 1125899906842624.0 -}}
{{- mulf (float64 $number) (default 1.0 (get $units (trimPrefix $number .))) -}}
{{- else -}}
{{- float64 . -}}
{{- end -}}
{{- end -}}

{{/* Volumes and their places, each once. */}}
{{- define "clipline.checkVolumes" -}}
{{- $names := list "flow" "cache" "tmp" "models" "workspace" -}}
{{- range $which := list "secretFiles" "extraVolumes" -}}
{{- range get $ $which -}}
{{- if has .name $names -}}
{{- fail (printf "%s: '%s' is a volume that is there already; expected another name" $which .name) -}}
{{- end -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- end -}}
{{- $paths := list "/etc/clipline" "/cache" "/tmp" "/models" "/workspace" -}}
{{- range $which := list "secretFiles" "extraVolumeMounts" -}}
{{- range get $ $which -}}
{{- if not (has .name $names) -}}
{{- fail (printf "extraVolumeMounts: there is no volume '%s'; expected it in extraVolumes" .name) -}}
{{- end -}}
{{- $path := clean .mountPath -}}
{{- if has $path $paths -}}
{{- fail (printf "%s: something is mounted at '%s' already; expected another place" $which $path) -}}
{{- end -}}
{{- if has $path (list "/" "/app") -}}
{{- fail (printf "%s: a mount at '%s' would hide the program; expected another place" $which $path) -}}
{{- end -}}
{{- $paths = append $paths $path -}}
{{- end -}}
{{- end -}}
{{- end -}}
