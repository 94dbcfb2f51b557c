{{/* Gets and converts weights: the server then starts in seconds, and a failure says what it was. */}}
{{- define "clipline.prepareContainer" -}}
- name: prepare
  {{- include "clipline.container" . | nindent 2 }}
  args:
    - model
    - prepare
    - /etc/clipline/flow.yml
    {{- if .Values.gpus }}
    - --target
    - gpu
    {{- end }}
  resources:
    requests:
      {{- include "clipline.requests" . | nindent 6 }}
    limits:
      {{- toYaml .Values.resources.limits | nindent 6 }}
{{- end -}}

{{/* What a container asks for: of the node's disk too, where the weights lie on the pod's own. */}}
{{- define "clipline.requests" -}}
{{- $v := .Values -}}
{{- $disk := dict -}}
{{- if not (or $v.cache.existingClaim $v.cache.create (hasKey $v.resources.limits "ephemeral-storage")) -}}
{{- $_ := set $disk "ephemeral-storage" $v.cache.size -}}
{{- end -}}
{{- toYaml (merge dict $v.resources.requests $disk) -}}
{{- end -}}

{{- define "clipline.serverContainer" -}}
{{- $ready := include "clipline.ready" . -}}
{{- $exec := hasKey (fromYaml $ready) "exec" -}}
{{- $period := ternary 10 5 $exec -}}
- name: clipline
  {{- include "clipline.container" . | nindent 2 }}
  args:
    - /etc/clipline/flow.yml
  ports:
    {{- range .Values.ports }}
    - name: {{ .name | quote }}
      containerPort: {{ .port }}
      protocol: TCP
    {{- end }}
  resources:
    {{- $gpus := dict }}
    {{- if .Values.gpus }}
    {{- $_ := set $gpus "nvidia.com/gpu" .Values.gpus }}
    {{- end }}
    requests:
      {{- toYaml (merge dict (fromYaml (include "clipline.requests" .)) $gpus) | nindent 6 }}
    limits:
      {{- toYaml (merge dict .Values.resources.limits $gpus) | nindent 6 }}
  startupProbe:
    {{- $ready | nindent 4 }}
    periodSeconds: {{ $period }}
    timeoutSeconds: 5
    failureThreshold: {{ divf .Values.probes.startupSeconds $period | ceil }}
  readinessProbe:
    {{- $ready | nindent 4 }}
    periodSeconds: {{ ternary 10 2 $exec }}
    timeoutSeconds: {{ ternary 5 2 $exec }}
    failureThreshold: 2
  # A minute of silence: a server that is only slow must not be ended for it.
  livenessProbe:
    {{- include "clipline.live" . | nindent 4 }}
    periodSeconds: 10
    timeoutSeconds: 5
    failureThreshold: 6
  {{- with .Values.shutdown.delaySeconds }}
  # A stop closes the ports at once: time for the others to hear that the pod is leaving.
  lifecycle:
    preStop:
      exec:
        command:
          - sleep
          - {{ . | quote }}
  {{- end }}
{{- end -}}

{{/* What both containers have: image, rights, variables, mounts. */}}
{{- define "clipline.container" -}}
image: {{ include "clipline.image" . | quote }}
{{- with .Values.image.pullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities:
    drop: [ALL]
env:
  {{- include "clipline.env" . | nindent 2 }}
{{- with .Values.envFromSecrets }}
envFrom:
  {{- range . }}
  - secretRef:
      name: {{ . | quote }}
  {{- end }}
{{- end }}
volumeMounts:
  {{- include "clipline.mounts" . | nindent 2 }}
{{- end -}}

{{- define "clipline.env" -}}
{{- $v := .Values -}}
- name: SHUTDOWN_GRACE
  value: {{ $v.shutdown.graceSeconds | quote }}
# The preStop hook waits: what an image or a Secret says would come on top of it.
- name: SHUTDOWN_DELAY
  value: "0"
{{- if and $v.gpus (not (hasKey $v.env "NVIDIA_DRIVER_CAPABILITIES")) }}
# Without it the container runtime hands in neither CUDA nor Vulkan.
- name: NVIDIA_DRIVER_CAPABILITIES
  value: compute,utility,graphics
{{- end }}
{{- range $name, $value := $v.env }}
- name: {{ $name | quote }}
  value: {{ include "clipline.text" $value | quote }}
{{- end }}
{{- range $v.secretEnv.names }}
- name: {{ . | quote }}
  valueFrom:
    secretKeyRef:
      name: {{ default (printf "%s-env" (include "clipline.fullname" $)) $v.secretEnv.existingSecret | quote }}
      key: {{ . | quote }}
{{- end }}
{{- with $v.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
