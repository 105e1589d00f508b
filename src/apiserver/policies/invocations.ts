// From a request and the policies whose rules it matches to what has to be evaluated: a policy, a binding, and a parameter.
// Source: apiserver/pkg/admission/plugin/policy/generic/policy_dispatcher.go.

import { storedResource } from "../../machinery/kind.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { apiVersionOf } from "../../machinery/object.ts";
import { labelSelectorToRequirements, matches } from "../../machinery/selectors.ts";
import type { AdmissionRequest } from "../admission.ts";
import type { CompiledBinding, CompiledPolicy, ParamKind } from "./compiled-policy.ts";
import type { Found, SourcePlane } from "./compiled-source.ts";
import { converted, type RequestView, viewRequest } from "./request-view.ts";

export interface Invocation {
  policy: CompiledPolicy;
  binding: CompiledBinding;
  /** Null when the policy has none, or the binding names none. */
  param: KubeObject | null;
  view: RequestView;
}

/** A policy or binding that cannot be used as it is. */
interface ConfigurationError {
  policy: CompiledPolicy;
  binding?: CompiledBinding;
  message: string;
}

/** What of one policy is to be evaluated; undefined parameters mean that its binding allows their absence. */
export async function invocationsOf(
  plane: SourcePlane,
  request: AdmissionRequest,
  { item: policy, matched }: Found<CompiledPolicy>,
): Promise<{ invocations: Invocation[]; errors: ConfigurationError[] }> {
  const invocations: Invocation[] = [];
  const errors: ConfigurationError[] = [];
  if (!policy.match.selects(request)) return { invocations, errors };
  const { paramKind } = policy;
  if (paramKind !== undefined && plane.kinds.forKind(paramKind) === undefined) {
    const what = `${apiVersionOf(paramKind.group, paramKind.version)}, Kind=${paramKind.kind}`;
    const why = `failed to find resource referenced by paramKind: '${what}'`;
    return { invocations, errors: [{ policy, message: `failed to configure policy: ${why}` }] };
  }
  let view: RequestView | undefined;
  for (const binding of policy.bindings) {
    if (binding.match.find(request, plane.kinds) === undefined || !binding.match.selects(request)) continue;
    const params = await paramsOf(plane, request, paramKind, binding.spec.paramRef);
    if (typeof params === "string") {
      errors.push({ policy, binding, message: `failed to configure binding: ${params}` });
      continue;
    }
    view ??= await viewRequest(request, matched);
    for (const param of params) invocations.push({ policy, binding, param, view });
  }
  return { invocations, errors };
}

/** The parameters of a binding, or why there are none. */
async function paramsOf(
  plane: SourcePlane,
  request: AdmissionRequest,
  paramKind: ParamKind | undefined,
  reference: JsonObject | undefined,
): Promise<(KubeObject | null)[] | string> {
  if (paramKind === undefined || !reference) return [null];
  const served = plane.kinds.forKind(paramKind)!;
  let namespace = "";
  if (served.kind.namespaced) {
    namespace = reference.namespace || request.namespace;
    if (namespace === "")
      return "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources";
  } else if (reference.namespace) return "paramRef.namespace must not be provided for a cluster-scoped `paramKind`";
  const stored = storedResource(served.kind);
  let found: KubeObject[];
  if (reference.name) {
    const param = plane.committed.get(stored, namespace, reference.name);
    found = param === undefined ? [] : [param];
  } else {
    const selector = labelSelectorToRequirements(reference.selector ?? {});
    if (selector === undefined) return "invalid label selector";
    found = [...plane.committed.list(stored, namespace)].filter(({ metadata }) => matches(selector, metadata.labels));
  }
  if (found.length === 0 && reference.parameterNotFoundAction !== "Allow") {
    return "no params found for policy binding with `Deny` parameterNotFoundAction";
  }
  return Promise.all(found.map((param) => converted(served, param)));
}
