{{/* The volumes of a pod; that of an index is made by its StatefulSet. */}}
{{- define "clipline.volumes" -}}
{{- $v := .Values -}}
{{- $name := include "clipline.fullname" . -}}
- name: flow
  {{- with include "clipline.flowSecret" . }}
  secret:
    secretName: {{ . | quote }}
    defaultMode: 0440
  {{- else }}
  configMap:
    name: {{ default (printf "%s-flow" $name) $v.flow.existingConfigMap | quote }}
  {{- end }}
- name: cache
  {{- if or $v.cache.existingClaim $v.cache.create }}
  persistentVolumeClaim:
    claimName: {{ default (printf "%s-cache" $name) $v.cache.existingClaim | quote }}
  {{- else }}
  emptyDir:
    sizeLimit: {{ $v.cache.size | quote }}
  {{- end }}
- name: tmp
  emptyDir: {}
{{- range $v.secretFiles }}
- name: {{ .name | quote }}
  secret:
    secretName: {{ default (printf "%s-%s" $name .name) .existingSecret | quote }}
    defaultMode: 0440
{{- end }}
{{- with $v.models.existingClaim }}
- name: models
  persistentVolumeClaim:
    claimName: {{ . | quote }}
    readOnly: true
{{- end }}
{{- with $v.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Where a container sees them. */}}
{{- define "clipline.mounts" -}}
{{- $v := .Values -}}
- name: flow
  mountPath: /etc/clipline
  readOnly: true
- name: cache
  mountPath: /cache
- name: tmp
  mountPath: /tmp
{{- range $v.secretFiles }}
- name: {{ .name | quote }}
  mountPath: {{ .mountPath | quote }}
  readOnly: true
{{- end }}
{{- if $v.models.existingClaim }}
- name: models
  mountPath: /models
  readOnly: true
{{- end }}
{{- if $v.workspace.enabled }}
- name: workspace
  mountPath: /workspace
{{- end }}
{{- with $v.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}
