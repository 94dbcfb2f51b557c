{{/* What all objects are called. */}}
{{- define "clipline.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* By what pods are found. It is never changed: selectors cannot be. */}}
{{- define "clipline.selector" -}}
app.kubernetes.io/name: clipline
app.kubernetes.io/instance: {{ include "clipline.fullname" . | quote }}
{{- end -}}

{{- define "clipline.commonLabels" -}}
{{ include "clipline.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "clipline.labels" -}}
{{ include "clipline.commonLabels" . }}
app.kubernetes.io/component: server
{{- end -}}

{{/* The metadata of an object that is called as the release. */}}
{{- define "clipline.metadata" -}}
name: {{ include "clipline.fullname" . | quote }}
namespace: {{ .Release.Namespace | quote }}
labels:
  {{- include "clipline.labels" . | nindent 2 }}
{{- end -}}

{{- define "clipline.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ default $.Chart.AppVersion .tag }}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "clipline.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "clipline.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* A value as a text; whole numbers without the exponents that Helm has for large ones. */}}
{{- define "clipline.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) (lt . 1e15) (gt . -1e15) -}}
{{- printf "%.0f" . -}}
{{- else -}}
{{- toString . -}}
{{- end -}}
{{- end -}}

{{/* A number as Kubernetes writes it: 2, 500m. */}}
{{- define "clipline.quantity" -}}
{{- $thousandths := int (round (mulf . 1000) 0) -}}
{{- if mod $thousandths 1000 -}}
{{ $thousandths }}m
{{- else -}}
{{ div $thousandths 1000 }}
{{- end -}}
{{- end -}}
