{{/* The Secret that holds the flow; empty if it is in a ConfigMap. */}}
{{- define "clipline.flowSecret" -}}
{{- if .Values.flow.existingSecret -}}
{{ .Values.flow.existingSecret }}
{{- else if and .Values.flow.secret (not .Values.flow.existingConfigMap) -}}
{{ include "clipline.fullname" . }}-flow
{{- end -}}
{{- end -}}

{{/* Whether the release keeps the flow itself. */}}
{{- define "clipline.ownFlow" -}}
{{- if not (or .Values.flow.existingConfigMap .Values.flow.existingSecret) }}true{{ end -}}
{{- end -}}
