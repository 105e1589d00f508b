// Checks of the security contexts of pods and containers.

import { childPath, duplicate, type FieldError, invalid, required, tooLong } from "../../../machinery/field-error.ts";
import type { JsonObject } from "../../../machinery/object.ts";
import { checkEnum, checkId, isEmpty, isSet, listOf } from "../../validation/fields.ts";
import { checkDescendingPath } from "../../validation/paths.ts";

const profileTypes = ["Localhost", "RuntimeDefault", "Unconfined"];
const sysctlPattern = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;

/** The security context of a pod, with the host fields of its spec. */
export function checkPodSecurityContext(spec: JsonObject, path: string, errors: FieldError[]): void {
  const context = spec.securityContext;
  if (!isSet(context)) return;
  checkId(context.fsGroup, childPath(path, "fsGroup"), errors);
  checkId(context.runAsUser, childPath(path, "runAsUser"), errors);
  checkId(context.runAsGroup, childPath(path, "runAsGroup"), errors);
  listOf(context.supplementalGroups).forEach((group, index) => {
    checkId(group, childPath(childPath(path, "supplementalGroups"), index), errors);
  });
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    const why = "ShareProcessNamespace and HostPID cannot both be enabled";
    errors.push(invalid(childPath(path, "shareProcessNamespace"), true, why));
  }
  checkSysctls(spec, childPath(path, "sysctls"), errors);
  const enums: [string, string[]][] = [
    ["fsGroupChangePolicy", ["Always", "OnRootMismatch"]],
    ["supplementalGroupsPolicy", ["Merge", "Strict"]],
    ["seLinuxChangePolicy", ["MountOption", "Recursive"]],
  ];
  for (const [field, values] of enums) {
    checkEnum(context[field], values, childPath(path, field), errors, "optional");
  }
  checkSeccompProfile(context.seccompProfile, childPath(path, "seccompProfile"), errors);
  checkAppArmorProfile(context.appArmorProfile, childPath(path, "appArmorProfile"), errors);
}

function checkSysctls(spec: JsonObject, path: string, errors: FieldError[]): void {
  const names = new Set<string>();
  listOf(spec.securityContext?.sysctls).forEach((sysctl, index) => {
    const at = childPath(childPath(path, index), "name");
    const name: string = sysctl.name ?? "";
    if (name === "") {
      errors.push(required(at));
    } else if (name.length > 253 || !sysctlPattern.test(name)) {
      const pattern = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
      errors.push(invalid(at, name, `must have at most 253 characters and match regex ${pattern}`));
    } else if (names.has(name)) {
      errors.push(duplicate(at, name));
    }
    names.add(name);
    const dotted = name.replaceAll("/", ".");
    if (spec.hostNetwork === true && dotted.startsWith("net.")) {
      errors.push(invalid(at, name, "may not be specified when 'hostNetwork' is true"));
    } else if (spec.hostIPC === true && /^(?:kernel\.(?:sem|shm|msg)|fs\.mqueue\.)/.test(dotted)) {
      errors.push(invalid(at, name, "may not be specified when 'hostIPC' is true"));
    }
  });
}

/** The security context of a container. `hostUsers` tells whether the pod shares the users of its host. */
export function checkSecurityContext(
  context: JsonObject | undefined,
  hostUsers: boolean,
  path: string,
  errors: FieldError[],
): void {
  if (context === undefined || context === null) return;
  checkId(context.runAsUser, childPath(path, "runAsUser"), errors);
  checkId(context.runAsGroup, childPath(path, "runAsGroup"), errors);
  const mountPath = childPath(path, "procMount");
  checkEnum(context.procMount, ["Default", "Unmasked"], mountPath, errors, "optional");
  if (hostUsers && context.procMount === "Unmasked") {
    errors.push(invalid(mountPath, context.procMount, "`hostUsers` must be false to use `Unmasked`"));
  }
  checkSeccompProfile(context.seccompProfile, childPath(path, "seccompProfile"), errors);
  checkAppArmorProfile(context.appArmorProfile, childPath(path, "appArmorProfile"), errors);
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged === true) {
      const why = "cannot set `allowPrivilegeEscalation` to false and `privileged` to true";
      errors.push(invalid(path, context, why));
    }
    if (listOf(context.capabilities?.add).includes("CAP_SYS_ADMIN")) {
      const why = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
      errors.push(invalid(path, context, why));
    }
  }
}

function checkSeccompProfile(profile: JsonObject | undefined, path: string, errors: FieldError[]): void {
  if (profile === undefined || profile === null) return;
  const file = childPath(path, "localhostProfile");
  if (isEmpty(profile.type)) {
    errors.push(required(childPath(path, "type"), "type is required when seccompProfile is set"));
  } else {
    checkEnum(profile.type, profileTypes, childPath(path, "type"), errors);
  }
  if (profile.type !== "Localhost") {
    if (isSet(profile.localhostProfile)) {
      errors.push(invalid(file, profile, "can only be set when seccomp type is Localhost"));
    }
  } else if (!isSet(profile.localhostProfile)) {
    errors.push(required(file, "must be set when seccomp type is Localhost"));
  } else {
    checkDescendingPath(profile.localhostProfile, file, errors);
  }
}

function checkAppArmorProfile(profile: JsonObject | undefined, path: string, errors: FieldError[]): void {
  if (profile === undefined || profile === null) return;
  const file = childPath(path, "localhostProfile");
  if (isEmpty(profile.type)) {
    errors.push(required(childPath(path, "type"), "type is required when appArmorProfile is set"));
    return;
  }
  checkEnum(profile.type, profileTypes, childPath(path, "type"), errors);
  const name: string | undefined = profile.localhostProfile;
  if (profile.type !== "Localhost") {
    if (isSet(name)) errors.push(invalid(file, name, "can only be set when AppArmor type is Localhost"));
  } else if (name === undefined || name === null || name === "") {
    errors.push(required(file, "must be set when AppArmor type is Localhost"));
  } else {
    if (name.trim() !== name) errors.push(invalid(file, name, "must not be padded with whitespace"));
    if (Buffer.byteLength(name) > 4095) errors.push(tooLong(file, 4095));
  }
}
