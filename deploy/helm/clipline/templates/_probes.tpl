{{/* Where HTTP or WebSocket is served, else where metrics are, with what may be asked there. */}}
{{- define "clipline.httpProbe" -}}
{{- $asked := "" -}}
{{- $path := .path -}}
{{- range .ports -}}
{{- if or (has "http" .protocols) (has "websocket" .protocols) (and $.metrics (has "metrics" .protocols)) -}}
{{- if not $asked -}}
{{- $asked = dict "httpGet" (dict "path" $path "port" .port "scheme" (ternary "HTTPS" "HTTP" (default false .tls))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with $asked }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{/* The first port that is not of metrics. */}}
{{- define "clipline.firstServed" -}}
{{- $found := dict -}}
{{- range .Values.ports -}}
{{- if and (not $found) (not (has "metrics" .protocols)) }}{{ $found = . }}{{ end -}}
{{- end -}}
{{- $found | toJson -}}
{{- end -}}

{{/* Whether requests are served. */}}
{{- define "clipline.ready" -}}
{{- $ports := .Values.ports -}}
{{- $first := include "clipline.firstServed" . | fromJson -}}
{{- $web := include "clipline.httpProbe" (dict "ports" $ports "path" "/healthz/ready" "metrics" (default false $first.tls)) -}}
{{- if .Values.probes.ready -}}
{{ toYaml .Values.probes.ready }}
{{- else if $web -}}
{{ $web }}
{{- else if $first.tls -}}
exec:
  command: [deno, run, --cached-only, --no-prompt, --allow-net, --allow-env, --allow-read, --allow-sys, tools/healthcheck.ts, "grpcs://127.0.0.1:{{ $first.port }}"]
{{- else -}}
grpc:
  port: {{ $first.port }}
{{- end -}}
{{- end -}}

{{/* Whether the process answers. */}}
{{- define "clipline.live" -}}
{{- $ports := .Values.ports -}}
{{- $web := include "clipline.httpProbe" (dict "ports" $ports "path" "/healthz/live" "metrics" true) -}}
{{- if .Values.probes.live -}}
{{ toYaml .Values.probes.live }}
{{- else if $web -}}
{{ $web }}
{{- else -}}
tcpSocket:
  port: {{ (include "clipline.firstServed" . | fromJson).port }}
{{- end -}}
{{- end -}}
