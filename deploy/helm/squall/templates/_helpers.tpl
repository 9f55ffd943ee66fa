{{- define "squall.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- /* What group and transactional ids start with, as app.config.names.id_prefix makes it. */ -}}
{{- define "squall.id" -}}
{{- regexReplaceAll "[.-]+$" .Values.topics.prefix "" | default "squall" -}}
{{- end }}

{{- define "squall.selector" -}}
app.kubernetes.io/name: squall
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end }}

{{- define "squall.labels" -}}
app.kubernetes.io/name: squall
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "squall.image" -}}
{{- $variant := ternary "full" "slim" (eq .role "scorer") -}}
{{- $digest := index .root.Values.image.digests $variant -}}
{{- if $digest -}}
{{ .root.Values.image.repository }}@{{ $digest }}
{{- else -}}
{{ .root.Values.image.repository }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}-{{ $variant }}
{{- end -}}
{{- end }}

{{- /* The settings file, without secrets. Values of .Values.settings win. */ -}}
{{- define "squall.settings" -}}
{{- $kafka := dict
  "bootstrap_servers" .Values.kafka.bootstrapServers
  "security_protocol" .Values.kafka.securityProtocol -}}
{{- if .Values.kafka.allowPlaintext }}{{ $_ := set $kafka "plaintext_hosts" (regexReplaceAll ":[0-9]+" .Values.kafka.bootstrapServers "") }}{{ end -}}
{{- if .Values.kafka.caSecret }}
{{- $_ := set $kafka "ssl_cafile" (printf "/run/secrets/kafka-ca/%s" .Values.kafka.caKey) }}
{{- end -}}
{{- if .Values.kafka.clientCertSecret }}
{{- $_ := set $kafka "ssl_certfile" "/run/secrets/kafka-client/tls.crt" }}
{{- $_ := set $kafka "ssl_keyfile" "/run/secrets/kafka-client/tls.key" }}
{{- end -}}
{{- $made := dict
  "topic_prefix" .Values.topics.prefix
  "partitions" (int .Values.topics.partitions)
  "replication_factor" (int .Values.topics.replicationFactor)
  "kafka" $kafka
  "metrics" (dict "host" "0.0.0.0" "port" 9464)
  "health" (dict "host" "0.0.0.0" "port" 8086) -}}
{{- if .Values.alertmanagerUrl }}
{{- $_ := set $made "notifier" (dict "alertmanager_url" .Values.alertmanagerUrl) }}
{{- end -}}
{{- if .Values.intake.enabled }}{{ $_ := set $made "intake" (dict "host" "0.0.0.0" "port" 8088) }}{{ end -}}
{{- if .Values.watchlist }}{{ $_ := set $made "watchlist" "/etc/squall/watchlist.yaml" }}{{ end -}}
{{- toYaml (mustMergeOverwrite $made (deepCopy .Values.settings)) -}}
{{- end }}

{{- define "squall.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "squall.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "squall.credentials" -}}
{{- $who := .credentials }}
{{- if eq .root.Values.kafka.securityProtocol "SASL_SSL" }}
- {name: SQUALL_KAFKA__SASL_USERNAME, value: {{ $who.username | quote }}}
- {name: SQUALL_KAFKA__SASL_PASSWORD_FILE, value: /run/secrets/kafka/password}
{{- end }}
{{- end }}

{{- define "squall.volumes" -}}
{{- $kafka := .root.Values.kafka }}
- name: tmp
  emptyDir: {sizeLimit: 256Mi} # a scorer that starts unpacks 70 MB there for a moment
- name: settings
  configMap: {name: {{ .settings }}}
{{- if eq $kafka.securityProtocol "SASL_SSL" }}
- name: kafka
  secret:
    secretName: {{ required "kafka.existingSecret is needed with SASL_SSL" .credentials.existingSecret }}
    items: [{key: {{ .credentials.passwordKey }}, path: password}]
{{- end }}
{{- with $kafka.caSecret }}
- name: kafka-ca
  secret: {secretName: {{ . }}}
{{- end }}
{{- with $kafka.clientCertSecret }}
- name: kafka-client
  secret: {secretName: {{ . }}}
{{- end }}
{{- end }}

{{- define "squall.mounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: settings, mountPath: /etc/squall, readOnly: true}
{{- if eq .Values.kafka.securityProtocol "SASL_SSL" }}
- {name: kafka, mountPath: /run/secrets/kafka, readOnly: true}
{{- end }}
{{- if .Values.kafka.caSecret }}
- {name: kafka-ca, mountPath: /run/secrets/kafka-ca, readOnly: true}
{{- end }}
{{- if .Values.kafka.clientCertSecret }}
- {name: kafka-client, mountPath: /run/secrets/kafka-client, readOnly: true}
{{- end }}
{{- end }}

{{- /* The pod of a role: the same for Deployments and the StatefulSet. */ -}}
{{- define "squall.pod" -}}
{{- $root := .root }}
{{- $role := index $root.Values .role }}
{{- $name := include "squall.name" $root }}
metadata:
  labels:
    {{- include "squall.selector" . | nindent 4 }}
    {{- with $root.Values.podLabels }}{{ toYaml . | nindent 4 }}{{ end }}
  annotations:
    checksum/settings: {{ include "squall.settings" $root | sha256sum }}
    checksum/watchlist: {{ toYaml $root.Values.watchlist | sha256sum }}
    {{- with $root.Values.podAnnotations }}{{ toYaml . | nindent 4 }}{{ end }}
spec:
  serviceAccountName: {{ $name }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ $root.Values.terminationGracePeriodSeconds }}
  {{- with $root.Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with $root.Values.image.pullSecrets }}
  imagePullSecrets: {{ toYaml . | nindent 4 }}
  {{- end }}
  securityContext: {{ include "squall.podSecurity" $root | nindent 4 }}
  containers:
    - name: {{ .role }}
      image: {{ include "squall.image" . | quote }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: [{{ ternary .role (printf "worker, %s" .role) (has .role (list "canary" "intake")) }}]
      env:
        - {name: SQUALL_CONFIG, value: /etc/squall/settings.yaml}
        - name: SQUALL_SLOT
          valueFrom: {fieldRef: {fieldPath: metadata.name}}
        {{- $who := dict "root" $root "credentials" $root.Values.kafka }}
        {{- include "squall.credentials" $who | nindent 8 }}
        {{- $group := dict "author-salt" "SCORER" }}
        {{- range $root.Values.secretKeys }}
        - name: SQUALL_{{ get $group . | default "NOTIFIER" }}__{{ . | upper | replace "-" "_" }}_FILE
          value: /run/secrets/squall/{{ . }}
        {{- end }}
      ports:
        - {name: metrics, containerPort: 9464}
        - {name: health, containerPort: 8086}
        {{- if eq .role "intake" }}
        - {name: hooks, containerPort: 8088}
        {{- end }}
      startupProbe:
        httpGet: {path: /livez, port: health}
        periodSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: {path: /livez, port: health}
        periodSeconds: 10
        timeoutSeconds: 5
      readinessProbe:
        httpGet: {path: /readyz, port: health}
        periodSeconds: 5
        timeoutSeconds: 5
      resources: {{ toYaml $role.resources | nindent 8 }}
      securityContext: {{ include "squall.containerSecurity" $root | nindent 8 }}
      volumeMounts:
        {{- include "squall.mounts" $root | nindent 8 }}
        {{- if $root.Values.secretKeys }}
        - {name: secrets, mountPath: /run/secrets/squall, readOnly: true}
        {{- end }}
        {{- if and (eq .role "intake") $root.Values.intake.existingSecret }}
        - {name: hooks, mountPath: /run/secrets/intake, readOnly: true}
        {{- end }}
  volumes:
    {{- include "squall.volumes" (dict "root" $root "credentials" $root.Values.kafka "settings" (printf "%s-settings" $name)) | nindent 4 }}
    {{- if $root.Values.secretKeys }}
    - name: secrets
      secret:
        secretName: {{ required "existingSecret is needed with secretKeys" $root.Values.existingSecret }}
    {{- end }}
    {{- if and (eq .role "intake") $root.Values.intake.existingSecret }}
    - name: hooks
      secret: {secretName: {{ $root.Values.intake.existingSecret }}}
    {{- end }}
  {{- with $role.nodeSelector }}
  nodeSelector: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with $role.tolerations }}
  tolerations: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with $role.affinity }}
  affinity: {{ toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels: {{ include "squall.selector" . | nindent 10 }}
{{- end }}
