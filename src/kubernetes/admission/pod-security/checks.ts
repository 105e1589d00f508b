// The checks of the Pod Security Standards. A check says nothing of a pod that meets it, else the short reason and the detail that users
// know. Source: k8s.io/pod-security-admission/policy.

import type { JsonObject, KubeObject } from "../../../machinery/object.ts";
import { quoteText } from "../../../machinery/quote.ts";
import { isSet, listOf } from "../../validation/fields.ts";

export interface Violation {
  reason: string;
  detail: string;
}

/** A pod, or the template of one. */
export type PodLike = Pick<KubeObject, "metadata"> & { spec: JsonObject };

type Check = (pod: PodLike) => Violation | undefined;

function containersOf(spec: JsonObject): JsonObject[] {
  return [...listOf(spec.initContainers), ...listOf(spec.containers), ...listOf(spec.ephemeralContainers)];
}

/** The names of the containers of which something holds. */
function namesOf(spec: JsonObject, holds: (container: JsonObject) => boolean): string[] {
  return containersOf(spec)
    .filter(holds)
    .map((container) => String(container.name ?? ""));
}

function quoted(names: Iterable<string>): string {
  return [...names].map(quoteText).join(", ");
}

function containers(names: readonly string[]): string {
  return `${names.length === 1 ? "container" : "containers"} ${quoted(names)}`;
}

/** A violation of some containers; none when there are none. */
function byContainers(reason: string, names: readonly string[], what: string): Violation | undefined {
  return names.length === 0 ? undefined : { reason, detail: `${containers(names)} ${what}` };
}

function violation(reason: string, details: readonly string[], separator = "; "): Violation | undefined {
  return details.length === 0 ? undefined : { reason, detail: details.join(separator) };
}

const privileged: Check = ({ spec }) =>
  byContainers(
    "privileged",
    namesOf(spec, ({ securityContext }) => securityContext?.privileged === true),
    "must not set securityContext.privileged=true",
  );

const hostNamespaces: Check = ({ spec }) =>
  violation(
    "host namespaces",
    ["hostNetwork", "hostPID", "hostIPC"].filter((field) => spec[field] === true).map((field) => `${field}=true`),
    ", ",
  );

const hostPathVolumes: Check = ({ spec }) => {
  const names = listOf(spec.volumes)
    .filter((volume) => isSet(volume.hostPath))
    .map((volume) => volume.name);
  return violation(
    "hostPath volumes",
    names.length === 0 ? [] : [`${names.length === 1 ? "volume" : "volumes"} ${quoted(names)}`],
  );
};

const hostPorts: Check = ({ spec }) => {
  const used = (container: JsonObject) => listOf(container.ports).filter((port) => port.hostPort > 0);
  const names = namesOf(spec, (container) => used(container).length > 0);
  const ports = new Set(
    containersOf(spec).flatMap((container) => used(container).map((port) => String(port.hostPort))),
  );
  const verb = names.length === 1 ? "uses" : "use";
  return byContainers(
    "hostPort",
    names,
    `${verb} ${ports.size === 1 ? "hostPort" : "hostPorts"} ${[...ports].sort().join(", ")}`,
  );
};

const baselineCapabilities: ReadonlySet<string> = new Set(
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(
    " ",
  ),
);

function addedBeyond(spec: JsonObject, allowed: ReadonlySet<string>): { names: string[]; added: Set<string> } {
  const added = new Set<string>();
  const names = namesOf(spec, ({ securityContext }) => {
    const beyond = listOf(securityContext?.capabilities?.add).filter((capability) => !allowed.has(capability));
    for (const capability of beyond) added.add(capability);
    return beyond.length > 0;
  });
  return { names, added };
}

const capabilitiesBaseline: Check = ({ spec }) => {
  const { names, added } = addedBeyond(spec, baselineCapabilities);
  return byContainers(
    "non-default capabilities",
    names,
    `must not include ${quoted([...added].sort())} in securityContext.capabilities.add`,
  );
};

const capabilitiesRestricted: Check = ({ spec }) => {
  const keeping = namesOf(spec, ({ securityContext }) => !listOf(securityContext?.capabilities?.drop).includes("ALL"));
  const { names, added } = addedBeyond(spec, new Set(["NET_BIND_SERVICE"]));
  const details: string[] = [];
  if (keeping.length > 0) details.push(`${containers(keeping)} must set securityContext.capabilities.drop=["ALL"]`);
  if (names.length > 0) {
    details.push(
      `${containers(names)} must not include ${quoted([...added].sort())} in securityContext.capabilities.add`,
    );
  }
  return violation("unrestricted capabilities", details);
};

const procMount: Check = ({ spec }) => {
  const mounts = new Set<string>();
  const names = namesOf(spec, ({ securityContext }) => {
    const mount = securityContext?.procMount ?? "Default";
    if (mount !== "Default") mounts.add(mount);
    return mount !== "Default";
  });
  return byContainers("procMount", names, `must not set securityContext.procMount to ${quoted([...mounts].sort())}`);
};

const windowsHostProcess: Check = ({ spec }) => {
  const details: string[] = [];
  if (spec.securityContext?.windowsOptions?.hostProcess === true) details.push("pod");
  const names = namesOf(spec, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true);
  if (names.length > 0) details.push(containers(names));
  if (details.length === 0) return undefined;
  return {
    reason: "hostProcess",
    detail: `${details.join(" and ")} must not set securityContext.windowsOptions.hostProcess=true`,
  };
};

const allowedSysctls: ReadonlySet<string> = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_wmem",
]);

const sysctls: Check = ({ spec }) =>
  violation(
    "forbidden sysctls",
    listOf(spec.securityContext?.sysctls)
      .map((sysctl) => String(sysctl.name))
      .filter((name) => !allowedSysctls.has(name)),
    ", ",
  );

const seLinuxTypes: ReadonlySet<string> = new Set([
  "",
  "container_t",
  "container_init_t",
  "container_kvm_t",
  "container_engine_t",
]);

const seLinuxOptions: Check = ({ spec }) => {
  const forbidden = new Set<string>();
  const isBad = (options: JsonObject | undefined): boolean => {
    const found: string[] = [];
    if (!seLinuxTypes.has(options?.type ?? "")) found.push(`type ${quoteText(options!.type)}`);
    if (options?.user) found.push("user may not be set");
    if (options?.role) found.push("role may not be set");
    for (const text of found) forbidden.add(text);
    return found.length > 0;
  };
  const who: string[] = [];
  if (isBad(spec.securityContext?.seLinuxOptions)) who.push("pod");
  const names = namesOf(spec, ({ securityContext }) => isBad(securityContext?.seLinuxOptions));
  if (names.length > 0) who.push(containers(names));
  if (who.length === 0) return undefined;
  return {
    reason: "seLinuxOptions",
    detail: `${who.join(" and ")} set forbidden securityContext.seLinuxOptions: ${[...forbidden].join("; ")}`,
  };
};

const appArmorProfile: Check = ({ metadata, spec }) => {
  const isBad = (context: JsonObject | undefined) => context?.appArmorProfile?.type === "Unconfined";
  const details: string[] = [];
  if (isBad(spec.securityContext)) details.push('pod must not set AppArmor profile type to "Unconfined"');
  const names = namesOf(spec, ({ securityContext }) => isBad(securityContext));
  if (names.length > 0) details.push(`${containers(names)} must not set AppArmor profile type to "Unconfined"`);
  const annotations = Object.entries(metadata.annotations ?? {})
    .filter(
      ([key, value]) =>
        key.startsWith("container.apparmor.security.beta.kubernetes.io/") &&
        !/^(?:$|runtime\/default$|localhost\/)/.test(value),
    )
    .map(([key, value]) => `${key}=${quoteText(value)}`);
  if (annotations.length > 0)
    details.push(`${annotations.length === 1 ? "annotation" : "annotations"} ${annotations.sort().join(", ")}`);
  return violation(details.length > 1 ? "forbidden AppArmor profiles" : "forbidden AppArmor profile", details);
};

const seccompBaseline: Check = ({ spec }) => {
  const isBad = (context: JsonObject | undefined) => context?.seccompProfile?.type === "Unconfined";
  const details: string[] = [];
  if (isBad(spec.securityContext)) details.push('pod must not set securityContext.seccompProfile.type to "Unconfined"');
  const names = namesOf(spec, ({ securityContext }) => isBad(securityContext));
  if (names.length > 0)
    details.push(`${containers(names)} must not set securityContext.seccompProfile.type to "Unconfined"`);
  return violation("seccompProfile", details);
};

const seccompRestricted: Check = ({ spec }) => {
  const kind = (context: JsonObject | undefined): string | undefined => context?.seccompProfile?.type;
  const isGood = (type: string | undefined) => type === "RuntimeDefault" || type === "Localhost";
  const details: string[] = [];
  const onPod = kind(spec.securityContext);
  if (onPod !== undefined && !isGood(onPod)) {
    details.push(`pod must not set securityContext.seccompProfile.type to ${quoteText(onPod)}`);
  }
  const bad = namesOf(spec, ({ securityContext: own }) => kind(own) !== undefined && !isGood(kind(own)));
  if (bad.length > 0)
    details.push(`${containers(bad)} must not set securityContext.seccompProfile.type to "Unconfined"`);
  if (details.length === 0 && !isGood(onPod)) {
    const silent = namesOf(spec, ({ securityContext: own }) => kind(own) === undefined);
    if (silent.length > 0) {
      details.push(
        `pod or ${containers(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
      );
    }
  }
  return violation("seccompProfile", details);
};

const allowPrivilegeEscalation: Check = ({ spec }) =>
  byContainers(
    "allowPrivilegeEscalation != false",
    namesOf(spec, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false),
    "must set securityContext.allowPrivilegeEscalation=false",
  );

const runAsNonRoot: Check = ({ spec }) => {
  const reason = "runAsNonRoot != true";
  const onPod = spec.securityContext?.runAsNonRoot;
  const details: string[] = [];
  const bad = namesOf(spec, ({ securityContext }) => securityContext?.runAsNonRoot === false);
  if (onPod === false) details.push("pod must not set securityContext.runAsNonRoot=false");
  if (bad.length > 0) details.push(`${containers(bad)} must not set securityContext.runAsNonRoot=false`);
  if (details.length > 0) return violation(reason, details);
  if (onPod === true) return undefined;
  const silent = namesOf(spec, ({ securityContext }) => !isSet(securityContext?.runAsNonRoot));
  return silent.length === 0
    ? undefined
    : { reason, detail: `pod or ${containers(silent)} must set securityContext.runAsNonRoot=true` };
};

const runAsUser: Check = ({ spec }) => {
  const who: string[] = [];
  if (spec.securityContext?.runAsUser === 0) who.push("pod");
  const names = namesOf(spec, ({ securityContext }) => securityContext?.runAsUser === 0);
  if (names.length > 0) who.push(containers(names));
  return who.length === 0
    ? undefined
    : { reason: "runAsUser=0", detail: `${who.join(" and ")} must not set runAsUser=0` };
};

const freeVolumes = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
  "image",
];

const restrictedVolumes: Check = ({ spec }) => {
  const types = new Set<string>();
  const names: string[] = [];
  for (const volume of listOf(spec.volumes)) {
    const source = Object.keys(volume).find((field) => field !== "name" && isSet(volume[field]));
    if (source === undefined || freeVolumes.includes(source)) continue;
    types.add(source);
    names.push(volume.name);
  }
  if (names.length === 0) return undefined;
  const [noun, verb] = names.length === 1 ? ["volume", "uses"] : ["volumes", "use"];
  const kinds = types.size === 1 ? "type" : "types";
  return {
    reason: "restricted volume types",
    detail: `${noun} ${quoted(names)} ${verb} restricted volume ${kinds} ${quoted([...types].sort())}`,
  };
};

/** The checks of each level in the order in which they are told. */
export const checks: Readonly<Record<"baseline" | "restricted", readonly Check[]>> = {
  baseline: [
    appArmorProfile,
    capabilitiesBaseline,
    hostNamespaces,
    hostPathVolumes,
    hostPorts,
    privileged,
    procMount,
    seLinuxOptions,
    seccompBaseline,
    sysctls,
    windowsHostProcess,
  ],
  restricted: [
    allowPrivilegeEscalation,
    appArmorProfile,
    capabilitiesRestricted,
    hostNamespaces,
    hostPorts,
    privileged,
    procMount,
    restrictedVolumes,
    runAsNonRoot,
    runAsUser,
    seLinuxOptions,
    seccompRestricted,
    sysctls,
    windowsHostProcess,
  ],
};
