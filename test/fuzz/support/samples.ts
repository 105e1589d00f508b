// Valid objects to begin from: small ones of kinds that do much, and generated ones of every built-in kind.

import { type BuiltinResource, builtinResources } from "../../../src/kubernetes/definitions.ts";
import type { JsonObject } from "../../../src/machinery/object.ts";
import { apiVersionOf } from "../../../src/machinery/object.ts";
import { messageOf } from "../../../src/machinery/protobuf/messages.ts";
import { randomFrom, sampleMessage } from "../../../src/machinery/protobuf/sample.ts";

export const namespace = "default";

/** The path of a built-in resource, or of one object of it. `pods/status` is a subresource of the object. */
export function resourcePath({ group, version, resource, namespaced }: BuiltinResource, name = ""): string {
  const [plural = "", ...subresource] = resource.split("/");
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const place = namespaced ? `${root}/namespaces/${namespace}` : root;
  const parts = [place, plural];
  if (name !== "" || subresource.length > 0) parts.push(name || "fuzz", ...subresource);
  return parts.join("/");
}

/** Resources and subresources that take bodies. */
export const writtenResources: BuiltinResource[] = builtinResources.filter(({ verbs }) =>
  verbs.some((verb) => verb === "create" || verb === "update" || verb === "patch"),
);

/** A random object of the resource's kind; undefined when the kind has no generator. */
export function sampleObject(resource: BuiltinResource, seed: number, depth: number): JsonObject | undefined {
  const group = resource.kindGroup ?? resource.group;
  const version = resource.kindVersion ?? resource.version;
  const message = messageOf({ group, version, kind: resource.kind });
  if (message === undefined) return undefined;
  const object = sampleMessage(message, randomFrom(seed), depth);
  const metadata: JsonObject = { name: "fuzz", ...(resource.namespaced && { namespace }) };
  return { ...object, apiVersion: apiVersionOf(group, version), kind: resource.kind, metadata };
}

const labels = { app: "fuzz" };
const podSpec = { containers: [{ name: "main", image: "registry.example/app:1", ports: [{ containerPort: 80 }] }] };
const template = { metadata: { labels }, spec: podSpec };
const request = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIcw==";

/** Objects by the path of their collection; names are filled in by the case. */
export const validObjects: [collection: string, object: JsonObject][] = [
  [`/api/v1/namespaces/${namespace}/configmaps`, { kind: "ConfigMap", apiVersion: "v1", data: { a: "b" } }],
  [
    `/api/v1/namespaces/${namespace}/secrets`,
    { kind: "Secret", apiVersion: "v1", data: { a: "Yg==" }, type: "Opaque" },
  ],
  [`/api/v1/namespaces/${namespace}/serviceaccounts`, { kind: "ServiceAccount", apiVersion: "v1" }],
  [
    `/api/v1/namespaces/${namespace}/services`,
    { kind: "Service", apiVersion: "v1", spec: { selector: labels, ports: [{ port: 80, targetPort: "web" }] } },
  ],
  [`/api/v1/namespaces/${namespace}/pods`, { kind: "Pod", apiVersion: "v1", spec: podSpec }],
  [
    `/api/v1/namespaces/${namespace}/persistentvolumeclaims`,
    {
      kind: "PersistentVolumeClaim",
      apiVersion: "v1",
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    },
  ],
  [
    `/api/v1/namespaces/${namespace}/resourcequotas`,
    { kind: "ResourceQuota", apiVersion: "v1", spec: { hard: { "count/leases.coordination.k8s.io": "1000000" } } },
  ],
  [
    `/api/v1/namespaces/${namespace}/events`,
    {
      kind: "Event",
      apiVersion: "v1",
      involvedObject: { kind: "Pod", namespace, name: "x" },
      reason: "Fuzz",
      type: "Normal",
    },
  ],
  [
    `/apis/apps/v1/namespaces/${namespace}/deployments`,
    { kind: "Deployment", apiVersion: "apps/v1", spec: { replicas: 1, selector: { matchLabels: labels }, template } },
  ],
  [
    `/apis/apps/v1/namespaces/${namespace}/statefulsets`,
    {
      kind: "StatefulSet",
      apiVersion: "apps/v1",
      spec: { serviceName: "a", selector: { matchLabels: labels }, template },
    },
  ],
  [
    `/apis/batch/v1/namespaces/${namespace}/cronjobs`,
    {
      kind: "CronJob",
      apiVersion: "batch/v1",
      spec: {
        schedule: "*/5 * * * *",
        jobTemplate: { spec: { template: { spec: { ...podSpec, restartPolicy: "Never" } } } },
      },
    },
  ],
  [
    `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`,
    {
      kind: "HorizontalPodAutoscaler",
      apiVersion: "autoscaling/v2",
      spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "a" } },
    },
  ],
  [
    `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`,
    {
      kind: "Ingress",
      apiVersion: "networking.k8s.io/v1",
      spec: { defaultBackend: { service: { name: "a", port: { number: 80 } } } },
    },
  ],
  [
    `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`,
    { kind: "NetworkPolicy", apiVersion: "networking.k8s.io/v1", spec: { podSelector: { matchLabels: labels } } },
  ],
  [
    `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
    {
      kind: "EndpointSlice",
      apiVersion: "discovery.k8s.io/v1",
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.0.0.1"] }],
    },
  ],
  [
    `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`,
    { kind: "Lease", apiVersion: "coordination.k8s.io/v1", spec: { holderIdentity: "a", leaseDurationSeconds: 10 } },
  ],
  [
    `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles`,
    {
      kind: "Role",
      apiVersion: "rbac.authorization.k8s.io/v1",
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
    },
  ],
  [
    "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    {
      kind: "ClusterRole",
      apiVersion: "rbac.authorization.k8s.io/v1",
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: labels }] },
      rules: [],
    },
  ],
  [
    "/apis/certificates.k8s.io/v1/certificatesigningrequests",
    {
      kind: "CertificateSigningRequest",
      apiVersion: "certificates.k8s.io/v1",
      spec: { request, signerName: "example.com/signer", usages: ["client auth"] },
    },
  ],
  [
    "/apis/scheduling.k8s.io/v1/priorityclasses",
    { kind: "PriorityClass", apiVersion: "scheduling.k8s.io/v1", value: 5 },
  ],
  [
    "/apis/authorization.k8s.io/v1/subjectaccessreviews",
    {
      kind: "SubjectAccessReview",
      apiVersion: "authorization.k8s.io/v1",
      spec: { user: "a", groups: ["b"], resourceAttributes: { verb: "get", resource: "pods", namespace } },
    },
  ],
  [
    "/apis/authentication.k8s.io/v1/tokenreviews",
    { kind: "TokenReview", apiVersion: "authentication.k8s.io/v1", spec: { token: "a.b.c" } },
  ],
  [
    `/api/v1/namespaces/${namespace}/serviceaccounts/default/token`,
    { kind: "TokenRequest", apiVersion: "authentication.k8s.io/v1", spec: { expirationSeconds: 600 } },
  ],
  [
    "/apis/apiregistration.k8s.io/v1/apiservices",
    {
      kind: "APIService",
      apiVersion: "apiregistration.k8s.io/v1",
      spec: { group: "a.example", version: "v1", groupPriorityMinimum: 100, versionPriority: 100 },
    },
  ],
];
