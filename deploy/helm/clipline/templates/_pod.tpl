{{/* The pods: the same in a Deployment and a StatefulSet. */}}
{{- define "clipline.pod" -}}
{{- $low := false -}}
{{- range .Values.ports }}{{ if lt (int .port) 1024 }}{{ $low = true }}{{ end }}{{ end -}}
metadata:
  labels:
    {{- include "clipline.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    # Another flow is another pod: a ConfigMap alone would not start any anew.
    {{- if include "clipline.ownFlow" . }}
    checksum/flow: {{ .Values.flow.text | sha256sum }}
    {{- end }}
    {{- with .Values.secrets }}
    checksum/secrets: {{ toJson . | sha256sum }}
    {{- end }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "clipline.serviceAccount" . | quote }}
  automountServiceAccountToken: {{ .Values.serviceAccount.automountToken }}
  # Variables of the namespace's Services would be taken for the server's own.
  enableServiceLinks: false
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . | quote }}
    {{- end }}
  {{- end }}
  # The pause, the server's own time, and some to spare.
  terminationGracePeriodSeconds: {{ add .Values.shutdown.delaySeconds .Values.shutdown.graceSeconds 5 }}
  securityContext:
    # The image's user, by number.
    runAsNonRoot: true
    runAsUser: 1993
    runAsGroup: 1993
    fsGroup: 1993
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile:
      type: RuntimeDefault
    {{- if $low }}
    sysctls:
      - name: net.ipv4.ip_unprivileged_port_start
        value: "0"
    {{- end }}
  topologySpreadConstraints:
    {{- if .Values.topologySpreadConstraints }}
    {{- toYaml .Values.topologySpreadConstraints | nindent 4 }}
    {{- else }}
    {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - maxSkew: 1
      topologyKey: {{ . | quote }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "clipline.selector" $ | nindent 10 }}
    {{- end }}
    {{- end }}
  {{- if or .Values.tolerations .Values.gpus }}
  tolerations:
    {{- if .Values.gpus }}
    - key: nvidia.com/gpu
      operator: Exists
      effect: NoSchedule
    {{- end }}
    {{- with .Values.tolerations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  {{- with .Values.runtimeClassName }}
  runtimeClassName: {{ . | quote }}
  {{- end }}
  {{- if .Values.prepare }}
  initContainers:
    {{- include "clipline.prepareContainer" . | nindent 4 }}
  {{- end }}
  containers:
    {{- include "clipline.serverContainer" . | nindent 4 }}
  volumes:
    {{- include "clipline.volumes" . | nindent 4 }}
{{- end -}}
