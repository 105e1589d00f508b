// The order of groups and of their versions in discovery, which is also that of `kubectl api-resources` and decides which group a
// short name means. Source: kubernetes pkg/controlplane/apiserver/aggregator.go, cmd/kube-apiserver/app/aggregator.go.

export interface Priority {
  group: number;
  version: number;
}

const groups: Readonly<Record<string, number>> = {
  "apiregistration.k8s.io": 20000,
  "": 18000,
  apps: 17800,
  "events.k8s.io": 17750,
  "authentication.k8s.io": 17700,
  "authorization.k8s.io": 17600,
  autoscaling: 17500,
  batch: 17400,
  "certificates.k8s.io": 17300,
  "networking.k8s.io": 17200,
  policy: 17100,
  "rbac.authorization.k8s.io": 17000,
  "storage.k8s.io": 16800,
  "apiextensions.k8s.io": 16700,
  "admissionregistration.k8s.io": 16700,
  "scheduling.k8s.io": 16600,
  "coordination.k8s.io": 16500,
  "node.k8s.io": 16300,
  "discovery.k8s.io": 16200,
  "resource.k8s.io": 16200,
  "flowcontrol.apiserver.k8s.io": 16100,
  "internal.apiserver.k8s.io": 16000,
  "storagemigration.k8s.io": 15800,
};

/** Versions whose priority is not the usual one of Kubernetes' own groups. */
const versions: Readonly<Record<string, number>> = {
  "/v1": 1,
  "autoscaling/v2": 30,
  "resource.k8s.io/v1": 20,
  "flowcontrol.apiserver.k8s.io/v1": 21,
};
const usualVersion = 15;

/** Of groups that are not Kubernetes' own, those of custom resources among them. */
const others: Priority = { group: 1000, version: 100 };

/** The priority of a group version that this server answers for itself. */
export function ownPriority(group: string, version: string): Priority {
  if (!Object.hasOwn(groups, group)) return others;
  const name = `${group}/${version}`;
  return { group: groups[group]!, version: Object.hasOwn(versions, name) ? versions[name]! : usualVersion };
}
