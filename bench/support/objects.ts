// The objects that are measured with.

/** A ConfigMap of some 1,000 bytes as it is stored; each POST of it makes another. */
export const configMap = JSON.stringify({
  kind: "ConfigMap",
  apiVersion: "v1",
  metadata: { generateName: "bench-" },
  data: { key: "x".repeat(600) },
});

/** A pod as a deployment's controller makes it, with a status: some 6 KiB as it is stored. */
export const pod = JSON.stringify({
  kind: "Pod",
  apiVersion: "v1",
  metadata: {
    generateName: "web-6d4cf56db6-",
    labels: { app: "web", "pod-template-hash": "6d4cf56db6", "app.kubernetes.io/part-of": "bench" },
    annotations: { "prometheus.io/scrape": "true", "prometheus.io/port": "8080" },
  },
  spec: {
    nodeName: "node-1",
    containers: ["web", "proxy"].map((name) => ({
      name,
      image: `registry.example.com/${name}:v1.2.3`,
      args: ["--port=8080", "--log-level=info"],
      env: [
        { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        { name: "MODE", value: "production" },
      ],
      ports: [{ name: "http", containerPort: 8080 }],
      resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
      livenessProbe: { httpGet: { path: "/livez", port: "http" } },
      readinessProbe: { httpGet: { path: "/readyz", port: "http" }, periodSeconds: 5 },
    })),
  },
});
