{{/* Ports that contradict each other. */}}
{{- define "clipline.checkPorts" -}}
{{- $ports := list -}}
{{- $names := list -}}
{{- $served := false -}}
{{- range .ports -}}
{{- if has (int .port) $ports -}}
{{- fail (printf "ports: %d is there twice; expected one entry with all its protocols" (int .port)) -}}
{{- end -}}
{{- if has .name $names -}}
{{- fail (printf "ports: the name '%s' is there twice" .name) -}}
{{- end -}}
{{- if and (gt (len .protocols) 1) (or (has "grpc" .protocols) (has "metrics" .protocols)) -}}
{{- fail (printf "ports: %d has %s; expected a port of its own for grpc, and for metrics" (int .port) (join " and " .protocols)) -}}
{{- end -}}
{{- if not (has "metrics" .protocols) }}{{ $served = true }}{{ end -}}
{{- $ports = append $ports (int .port) -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- if not $served -}}
{{- fail "ports: there are metrics alone; expected the flow's ports too" -}}
{{- end -}}
{{- end -}}

{{/* A flow that is none, or that listens where no port is. Ports out of variables are not looked at. */}}
{{- define "clipline.checkFlow" -}}
{{- $flow := fromYaml .text -}}
{{- if hasKey $flow "Error" -}}
{{- fail (printf "flow.text is no YAML: %s" $flow.Error) -}}
{{- end -}}
{{- if not $flow.executors -}}
{{- fail "flow.text has no 'executors': expected a flow, as in flows/torch-flow.yml" -}}
{{- end -}}
{{- $ports := list -}}
{{- $metrics := false -}}
{{- range .ports -}}
{{- $ports = append $ports (int .port) -}}
{{- if has "metrics" .protocols }}{{ $metrics = true }}{{ end -}}
{{- end -}}
{{- $monitored := false -}}
{{- range $section := prepend (ternary $flow.executors list (kindIs "slice" $flow.executors)) (get $flow "with") | concat (list (get $flow "gateway")) -}}
{{- if kindIs "map" $section -}}
{{- $said := get $section "monitoring" -}}
{{- /* Or out of a variable. */}}
{{- if and $said (not (has (lower (toString $said)) (list "false" "no" "off" "0"))) }}{{ $monitored = true }}{{ end -}}
{{- end -}}
{{- end -}}
{{- range $name := list "with" "gateway" -}}
{{- $section := get $flow $name -}}
{{- if kindIs "map" $section -}}
{{- range $key := list "port" "port_expose" "port_monitoring" -}}
{{- $said := get $section $key -}}
{{- range (ternary $said (list $said) (kindIs "slice" $said)) -}}
{{- $port := ternary (int (regexReplaceAll "^0+" (toString .) "")) 0 (or (kindIs "float64" .) (regexMatch "^[0-9]{1,5}$" (toString .))) -}}
{{- if and (kindIs "float64" .) (eq $port 0) -}}
{{- fail (printf "flow.text: %s is 0, another port at each start; expected one of 'ports'" $key) -}}
{{- end -}}
{{- if and $port (not (has $port $ports)) (or $monitored (ne $key "port_monitoring")) -}}
{{- fail (printf "ports: the flow listens on %d, which is not one of them" $port) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and $metrics (not $monitored) -}}
{{- fail "ports: there is one of metrics, which the flow does not open; expected 'monitoring: true' in the flow, or no such port" -}}
{{- end -}}
{{- end -}}
