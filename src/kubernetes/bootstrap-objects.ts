// The objects that every control plane begins with, besides its default policy, and how stored ones are brought up to date. Pure.

import { isIP } from "node:net";
import { stringify } from "yaml";
import type { PlaneKeys } from "../apiserver/pki/plane-keys.ts";
import type { PlaneSettings } from "../apiserver/plane/settings.ts";
import { equalJson } from "../machinery/equal.ts";
import type { FieldError } from "../machinery/field-error.ts";
import { formatIp, networkOf, parseCidr } from "../machinery/ip.ts";
import { isObject, type JsonObject, type KubeObject } from "../machinery/object.ts";
import { clusterInfo } from "./controllers/bootstrap-tokens/cluster-info.ts";
import { autoUpdateSpecAnnotation } from "./flowcontrol/bootstrap.ts";
import { checkNonSpecialIP } from "./ip-address.ts";
import type { PolicyReconciliation } from "./rbac/bootstrap-reconcile.ts";
import { systemPriorityClasses } from "./scheduling/priority-class.ts";

/** What the objects say of their plane. */
interface PlaneDescription {
  readonly keys: PlaneKeys;
  readonly settings: Pick<PlaneSettings, "externalUrl" | "advertisedUrl" | "serviceClusterIPRange">;
}

export const systemNamespaces: KubeObject[] = ["default", "kube-system", "kube-public", "kube-node-lease"].map(
  (name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }),
);

export const priorityClassObjects: KubeObject[] = Object.entries(systemPriorityClasses).map(
  ([name, { value, description }]) => ({
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name },
    value,
    description,
  }),
);

const apiServerName = { name: "kubernetes", namespace: "default" };
const defaultPort = 6443;

/** The service by which pods reach the server: the first address of the range. */
export function apiServerService({ settings }: PlaneDescription): KubeObject {
  const range = parseCidr(settings.serviceClusterIPRange);
  if (range === undefined) throw new Error(`${settings.serviceClusterIPRange} is not a range of service addresses`);
  const { family, value } = networkOf(range);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { ...apiServerName, labels: { component: "apiserver", provider: "kubernetes" } },
    spec: {
      type: "ClusterIP",
      clusterIP: formatIp({ family, value: value + 1n }),
      ipFamilies: [family],
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: apiServerEndpoint(settings).port }],
      sessionAffinity: "None",
    },
  };
}

function advertisedUrl({ advertisedUrl, externalUrl }: PlaneDescription["settings"]): string {
  return advertisedUrl ?? externalUrl;
}

/** Where the server is, as far as an endpoint can say it: its URL may name a host, or an address of this machine alone. */
function apiServerEndpoint(settings: PlaneDescription["settings"]): { address: string | undefined; port: number } {
  const { hostname, port } = new URL(advertisedUrl(settings));
  const address = hostname.replace(/^\[|\]$/g, "");
  const errors: FieldError[] = [];
  checkNonSpecialIP(address, "", errors);
  return errors.length === 0
    ? { address, port: Number(port || 443) }
    : { address: undefined, port: Number(port || defaultPort) };
}

export function apiServerEndpointSlice({ settings }: PlaneDescription): KubeObject {
  const { address, port } = apiServerEndpoint(settings);
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { ...apiServerName, labels: { "kubernetes.io/service-name": "kubernetes" } },
    addressType: isIP(address ?? "") === 6 ? "IPv6" : "IPv4",
    endpoints: address === undefined ? [] : [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: "https", port, protocol: "TCP" }],
  };
}

export function apiServerEndpoints({ settings }: PlaneDescription): KubeObject {
  const { address, port } = apiServerEndpoint(settings);
  return {
    apiVersion: "v1",
    kind: "Endpoints",
    metadata: { ...apiServerName, labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
    ...(address !== undefined && {
      subsets: [{ addresses: [{ ip: address }], ports: [{ name: "https", port, protocol: "TCP" }] }],
    }),
  };
}

export function serviceCIDR({ settings }: PlaneDescription): KubeObject {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "ServiceCIDR",
    metadata: { name: "kubernetes" },
    spec: { cidrs: settings.serviceClusterIPRange.split(",") },
  };
}

/** Its status once it serves. The words are those of Kubernetes. */
export const serviceCIDRCondition = {
  type: "Ready",
  status: "True",
  reason: "",
  message: "Kubernetes default Service CIDR is ready",
} as const;

/** What aggregated API servers read to know whom this server vouches for. */
export function authenticationMap({ keys }: PlaneDescription): KubeObject {
  const data = {
    "client-ca-file": [keys.authority.certificate, ...keys.additionalClientAuthorities].join(""),
    "requestheader-client-ca-file": keys.frontProxyAuthority.certificate,
    "requestheader-allowed-names": JSON.stringify(["front-proxy-client"]),
    "requestheader-username-headers": JSON.stringify(["X-Remote-User"]),
    "requestheader-uid-headers": JSON.stringify(["X-Remote-Uid"]),
    "requestheader-group-headers": JSON.stringify(["X-Remote-Group"]),
    "requestheader-extra-headers-prefix": JSON.stringify(["X-Remote-Extra-"]),
  };
  const metadata = { name: "extension-apiserver-authentication", namespace: "kube-system" };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data };
}

/** How anybody reaches the server, for those who join: a kubeconfig without users. */
export function clusterInfoMap({ keys, settings }: PlaneDescription): KubeObject {
  const cluster = {
    "certificate-authority-data": Buffer.from(keys.authority.certificate).toString("base64"),
    server: advertisedUrl(settings),
  };
  const kubeconfig = stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "", cluster }],
    contexts: null,
    "current-context": "",
    preferences: {},
    users: null,
  });
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { ...clusterInfo }, data: { kubeconfig } };
}

/** Makes what is missing; what is there belongs to its users. */
export function createOnly(stored: KubeObject | undefined, wanted: KubeObject): PolicyReconciliation {
  return stored === undefined ? { action: "create", object: wanted } : { action: "none" };
}

/** Restores the fields that are wanted, and leaves the others of a stored object as they are. */
export function restoreFields(stored: KubeObject | undefined, wanted: KubeObject): PolicyReconciliation {
  if (stored === undefined) return { action: "create", object: wanted };
  const { metadata, ...fields } = wanted;
  if (holds(stored, fields)) return { action: "none" };
  return {
    action: "update",
    object: { ...stored, ...fields, ...(fields.data && { data: { ...stored.data, ...fields.data } }) },
  };
}

/** As restoreFields, unless the users of the object said that it is theirs. */
export function restoreSuggested(stored: KubeObject | undefined, wanted: KubeObject): PolicyReconciliation {
  if (stored !== undefined && stored.metadata.annotations?.[autoUpdateSpecAnnotation] !== "true") {
    return { action: "none" };
  }
  return restoreFields(stored, wanted);
}

/** The level `exempt` may be given shares; the rest of a mandatory object is fixed. */
export function restoreMandatory(stored: KubeObject | undefined, wanted: KubeObject): PolicyReconciliation {
  if (stored?.spec?.exempt === undefined || wanted.spec.exempt === undefined) return restoreFields(stored, wanted);
  return restoreFields(stored, { ...wanted, spec: { ...wanted.spec, exempt: stored.spec.exempt } });
}

/** Whether an object has all wanted fields; it may have others, such as defaults. */
function holds(stored: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(stored) &&
      stored.length === wanted.length &&
      wanted.every((item, index) => holds(stored[index], item))
    );
  }
  if (!isObject(wanted)) return equalJson(stored, wanted) || (stored === undefined && wanted === undefined);
  return isObject(stored) && Object.keys(wanted).every((key) => holds((stored as JsonObject)[key], wanted[key]));
}
