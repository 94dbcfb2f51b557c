{{- define "clipline.servicePorts" -}}
{{- range .Values.ports }}
{{- $onlyWebSocket := and (eq (len .protocols) 1) (has "websocket" .protocols) }}
- name: {{ .name | quote }}
  port: {{ .port }}
  targetPort: {{ .name | quote }}
  protocol: TCP
  # What meshes and gateways go by.
  {{- if .tls }}
  appProtocol: {{ ternary "kubernetes.io/wss" "https" $onlyWebSocket }}
  {{- else if has "grpc" .protocols }}
  appProtocol: kubernetes.io/h2c
  {{- else }}
  appProtocol: {{ ternary "kubernetes.io/ws" "http" $onlyWebSocket }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "clipline.hasMetrics" -}}
{{- range .Values.ports }}{{ if has "metrics" .protocols }}true{{ end }}{{ end -}}
{{- end -}}
