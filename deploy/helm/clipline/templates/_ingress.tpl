{{- define "clipline.ingressHead" -}}
{{- with .Values.ingress -}}
{{- if .className -}}
ingressClassName: {{ .className | quote }}
{{- end }}
{{- if .tlsSecret }}
tls:
  - secretName: {{ .tlsSecret | quote }}
    {{- with .host }}
    hosts:
      - {{ . | quote }}
    {{- end }}
{{- end }}
{{- end -}}
{{- end -}}

{{/* Below what calls of gRPC lie: everything, or the services where HTTP has the rest. */}}
{{- define "clipline.grpcPaths" -}}
{{- if . -}}
{{- list
  "/jina.JinaRPC"
  "/jina.JinaSingleDataRequestRPC"
  "/jina.JinaDataRequestRPC"
  "/jina.JinaGatewayDryRunRPC"
  "/jina.JinaDiscoverEndpointsRPC"
  "/jina.JinaInfoRPC"
  "/inference.GRPCInferenceService"
  "/grpc.health.v1.Health"
  "/grpc.reflection.v1.ServerReflection"
  "/grpc.reflection.v1alpha.ServerReflection"
  | toJson -}}
{{- else -}}
["/"]
{{- end -}}
{{- end -}}
