// MutatingAdmissionPolicies: expressions that change an object, as a configuration to apply or as a JSON patch.
// Source of rules and words: apiserver/pkg/admission/plugin/policy/mutating.

import type { JsonObject } from "../../machinery/object.ts";
import { applyJsonPatch } from "../../machinery/patch/json-patch.ts";
import type { AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import type { Authorizer } from "../identity.ts";
import { refusal } from "../refusal.ts";
import type { StateReader } from "../strategy.ts";
import { applyBuiltConfiguration } from "./apply-configuration.ts";
import { takeChanged } from "./changed-object.ts";
import { type CompiledPolicy, compilePolicies, VariableValues } from "./compiled-policy.ts";
import { CompiledSource, type Found, isExempt, type SourcePlane } from "./compiled-source.ts";
import { expressionValues } from "./expression-values.ts";
import { type Invocation, invocationsOf } from "./invocations.ts";
import { compileSource, evaluateSource } from "./match-conditions.ts";
import { Reinvocations } from "./reinvocation.ts";
import { type RequestView, viewRequest } from "./request-view.ts";

const resources = {
  policies: { group: "admissionregistration.k8s.io", resource: "mutatingadmissionpolicies" },
  bindings: { group: "admissionregistration.k8s.io", resource: "mutatingadmissionpolicybindings" },
} as const;

const budgetOfMutation = 10_000_000;

interface Mutation {
  type: "ApplyConfiguration" | "JSONPatch";
  expression: ReturnType<typeof compileSource>;
}

interface MutatingPolicy extends CompiledPolicy {
  readonly mutations: readonly Mutation[];
  readonly reinvocable: boolean;
}

/** What went wrong with a policy, for the refusal. */
interface PolicyError {
  text: string;
  reason: string;
}

export class MutatingPolicies implements AdmissionPlugin {
  readonly name = "MutatingAdmissionPolicy";
  readonly #plane: SourcePlane;
  readonly #authorizer: Authorizer;
  readonly #policies: CompiledSource<MutatingPolicy>;
  readonly #reinvocations = new Reinvocations();

  constructor(plane: SourcePlane, authorizer: Authorizer) {
    this.#plane = plane;
    this.#authorizer = authorizer;
    this.#policies = new CompiledSource(plane, Object.values(resources), compile);
  }

  handles(request: AdmissionRequest): boolean {
    return request.object !== undefined && !isExempt(request) && this.#policies.find(request).length > 0;
  }

  async mutate(request: AdmissionRequest): Promise<void> {
    const reinvocation = this.#reinvocations.of(request);
    reinvocation.begin(request);
    const problems: PolicyError[] = [];
    for (const found of this.#policies.find(request)) {
      const policy = found.item;
      const { invocations, errors } = await invocationsOf(this.#plane, request, found);
      for (const { binding, message } of errors) problems.push(...problemOf(policy, binding?.name, message, ""));
      for (const invocation of invocations) {
        const { binding, param } = invocation;
        const uid = JSON.stringify([policy.name, binding.name, param?.metadata.namespace, param?.metadata.name]);
        if (!reinvocation.mayRun(request, uid)) continue;
        const result = await this.#invoke(found, invocation);
        if ("error" in result) problems.push(...problemOf(policy, binding.name, result.error, "Invalid"));
        else if (result.ran) reinvocation.done(request, uid, policy.reinvocable, result.changed);
      }
    }
    reinvocation.end(request);
    if (problems.length > 0) throw refusalOf(request, problems);
  }

  /** Runs the mutations of one policy in their order, each on what the one before it made. */
  async #invoke(
    { item: policy, matched }: Found<MutatingPolicy>,
    { view, param }: Invocation,
  ): Promise<{ ran: boolean; changed: boolean } | { error: string }> {
    const conditions = policy.conditions.evaluate({ ...expressionValues(view, this.#authorizer), params: param });
    if ("error" in conditions) return conditions;
    if (!conditions.matches) return { ran: false, changed: false };
    let changed = false;
    for (const mutation of policy.mutations) {
      const present = await viewRequest(view.request, matched);
      if (present.object === undefined) break;
      const result = this.#mutate(policy, mutation, present, param);
      if ("error" in result) return result;
      if (await takeChanged(present, result.object, this.#plane.kinds)) changed = true;
    }
    return { ran: true, changed };
  }

  #mutate(
    policy: MutatingPolicy,
    { type, expression }: Mutation,
    view: RequestView,
    param: JsonObject | null,
  ): { object: JsonObject } | { error: string } {
    const budget = { remaining: budgetOfMutation };
    const base = { ...expressionValues(view, this.#authorizer), params: param };
    const values = { ...base, variables: new VariableValues(policy.variables, base, budget) };
    const result = evaluateSource(expression, values, budget);
    if (!result.ok) return { error: result.error };
    const object = view.object!;
    if (type === "ApplyConfiguration") {
      const schema = this.#plane.kinds.forKind(view.kind)?.version.schema ?? {};
      const applied = applyBuiltConfiguration(object, result.value as JsonObject, schema);
      return applied.ok ? { object: applied.object } : { error: applied.error };
    }
    const patched = applyJsonPatch(object, result.value);
    if (patched.ok) return { object: patched.object };
    // A test that does not hold leaves the object alone.
    if (patched.detail?.endsWith("test failed") === true) return { object };
    return { error: `JSON Patch: ${patched.detail ?? patched.message}` };
  }
}

function compile(state: StateReader): MutatingPolicy[] {
  return compilePolicies(state, resources, true).map((policy) => ({
    ...policy,
    reinvocable: policy.spec.reinvocationPolicy === "IfNeeded",
    mutations: ((policy.spec.mutations ?? []) as JsonObject[]).map(({ patchType, applyConfiguration, jsonPatch }) =>
      patchType === "JSONPatch"
        ? { type: "JSONPatch", expression: compileSource(jsonPatch?.expression ?? "", policy.scope, "patches") }
        : {
            type: "ApplyConfiguration",
            expression: compileSource(applyConfiguration?.expression ?? "", policy.scope, "object"),
          },
    ),
  }));
}

/** The error of a policy, unless its failure does not matter. */
function problemOf(
  policy: MutatingPolicy,
  binding: string | undefined,
  message: string,
  reason: string,
): PolicyError[] {
  if (policy.failurePolicy === "Ignore") return [];
  const by = binding === undefined ? `'${policy.name}'` : `'${policy.name}' with binding '${binding}'`;
  return [{ text: `policy ${by} denied request: ${message}`, reason }];
}

function refusalOf(request: AdmissionRequest, problems: readonly PolicyError[]) {
  const [first] = problems;
  const error = refusal(request, "admission request denied by policy");
  error.message = first!.text;
  error.status.message = first!.text;
  if (first!.reason !== "") error.status.reason = first!.reason;
  error.status.details!.causes = problems.map(({ text }) => ({ message: text }));
  return error;
}
