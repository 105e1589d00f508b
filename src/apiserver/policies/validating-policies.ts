// ValidatingAdmissionPolicies: expressions that a request has to satisfy.
// Source of rules and words: apiserver/pkg/admission/plugin/policy/validating.

import type { JsonObject } from "../../machinery/object.ts";
import type { AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import type { Authorizer } from "../identity.ts";
import { refusal } from "../refusal.ts";
import type { StateReader } from "../strategy.ts";
import { type CompiledPolicy, compilePolicies, VariableValues } from "./compiled-policy.ts";
import { CompiledSource, isExempt, type SourcePlane } from "./compiled-source.ts";
import { expressionValues } from "./expression-values.ts";
import { type Invocation, invocationsOf } from "./invocations.ts";
import { compileSource, evaluateSource } from "./match-conditions.ts";

const resources = {
  policies: { group: "admissionregistration.k8s.io", resource: "validatingadmissionpolicies" },
  bindings: { group: "admissionregistration.k8s.io", resource: "validatingadmissionpolicybindings" },
} as const;

/** Runtime cost that one policy may use for one parameter. */
const budgetOfPolicy = 10_000_000;
const longestMessage = 5 * 1024;
const longestAnnotation = 10 * 1024;

const codes: Record<string, number> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413, Invalid: 422 };

type Expression = ReturnType<typeof compileSource>;

interface ValidatingPolicy extends CompiledPolicy {
  readonly validations: readonly {
    expression: Expression;
    message: string;
    messageExpression: Expression | undefined;
    reason: string;
  }[];
  readonly annotations: readonly { key: string; value: Expression }[];
}

/** A validation that failed; `index` is its place, none when it could not be evaluated at all. */
interface Denial {
  message: string;
  reason: string;
  index: number;
}

interface Outcome {
  denials: Denial[];
  annotations: { key: string; value: string }[];
  /** Audit annotations that failed, which denies the request whatever the binding's actions are. */
  failures: string[];
}

export class ValidatingPolicies implements AdmissionPlugin {
  readonly name = "ValidatingAdmissionPolicy";
  readonly #plane: SourcePlane;
  readonly #authorizer: Authorizer;
  readonly #policies: CompiledSource<ValidatingPolicy>;

  constructor(plane: SourcePlane, authorizer: Authorizer) {
    this.#plane = plane;
    this.#authorizer = authorizer;
    this.#policies = new CompiledSource(plane, Object.values(resources), compile);
  }

  handles(request: AdmissionRequest): boolean {
    return !isExempt(request) && this.#policies.find(request).length > 0;
  }

  async validate(request: AdmissionRequest): Promise<void> {
    let denied: { text: string; reason: string } | undefined;
    const deny = (policy: string, binding: string | undefined, message: string, reason: string) => {
      const by = binding === undefined ? `'${policy}'` : `'${policy}' with binding '${binding}'`;
      denied ??= { text: `ValidatingAdmissionPolicy ${by} denied request: ${message}`, reason };
    };
    for (const found of this.#policies.find(request)) {
      const policy = found.item;
      const { invocations, errors } = await invocationsOf(this.#plane, request, found);
      if (policy.failurePolicy === "Fail") {
        for (const error of errors) deny(policy.name, error.binding?.name, error.message, "Invalid");
      }
      const published = new Map<string, Set<string>>();
      for (const invocation of invocations) {
        const outcome = evaluate(policy, invocation, this.#authorizer);
        for (const { key, value } of outcome.annotations) {
          published.set(key, (published.get(key) ?? new Set()).add(value));
        }
        act(request, policy, invocation, outcome.denials, deny);
        for (const failure of outcome.failures) deny(policy.name, invocation.binding.name, failure, "Invalid");
      }
      for (const [key, values] of published) request.annotate(`${policy.name}/${key}`, [...values].join(", "));
    }
    if (denied !== undefined) throw denialOf(request, denied.text, denied.reason);
  }
}

function compile(state: StateReader): ValidatingPolicy[] {
  return compilePolicies(state, resources, false).map((policy) => ({
    ...policy,
    validations: ((policy.spec.validations ?? []) as JsonObject[]).map((validation) => ({
      expression: compileSource(validation.expression, policy.scope, "bool"),
      message: (validation.message ?? "").trim(),
      messageExpression: validation.messageExpression
        ? compileSource(validation.messageExpression, { ...policy.scope, authorizer: false }, "string")
        : undefined,
      reason: validation.reason ?? "Invalid",
    })),
    annotations: ((policy.spec.auditAnnotations ?? []) as JsonObject[]).map(({ key, valueExpression }) => ({
      key,
      value: compileSource(String(valueExpression).trim(), policy.scope, "stringOrNull"),
    })),
  }));
}

function evaluate(policy: ValidatingPolicy, { view, param }: Invocation, authorizer: Authorizer): Outcome {
  const outcome: Outcome = { denials: [], annotations: [], failures: [] };
  const base = { ...expressionValues(view, authorizer), params: param };
  const fails = policy.failurePolicy === "Fail";
  const conditions = policy.conditions.evaluate(base);
  if ("error" in conditions) {
    if (fails) outcome.denials.push({ message: conditions.error, reason: "Invalid", index: 0 });
    return outcome;
  }
  if (!conditions.matches) return outcome;
  const budget = { remaining: budgetOfPolicy };
  const values = { ...base, variables: new VariableValues(policy.variables, base, budget) };
  for (const [index, validation] of policy.validations.entries()) {
    const result = evaluateSource(validation.expression, values, budget);
    if (!result.ok) {
      if (fails) outcome.denials.push({ message: result.error, reason: "Invalid", index });
      if (result.cause === "budget") break;
    } else if (result.value !== true) {
      const message = messageOf(validation, values, budget);
      outcome.denials.push({ message, reason: validation.reason, index });
    }
  }
  annotate(policy, values, budget, outcome);
  return outcome;
}

function messageOf(
  { expression, message, messageExpression }: ValidatingPolicy["validations"][number],
  values: Record<string, unknown>,
  budget: { remaining: number },
): string {
  if (messageExpression !== undefined) {
    const result = evaluateSource(messageExpression, values, budget);
    const text = result.ok && typeof result.value === "string" ? result.value.trim() : "";
    if (text !== "" && Buffer.byteLength(text) <= longestMessage && !text.includes("\n")) return text;
  }
  return message !== "" ? message : `failed expression: ${expression.source.trim()}`;
}

function annotate(
  policy: ValidatingPolicy,
  values: Record<string, unknown>,
  budget: { remaining: number },
  outcome: Outcome,
): void {
  for (const { key, value } of policy.annotations) {
    const result = evaluateSource(value, values, budget);
    if (!result.ok) {
      if (policy.failurePolicy === "Fail") outcome.failures.push(result.error);
    } else if (typeof result.value === "string" && result.value.trim() !== "") {
      outcome.annotations.push({ key, value: result.value.trim().slice(0, longestAnnotation) });
    }
  }
}

/** Does with failed validations what the binding says. */
function act(
  request: AdmissionRequest,
  policy: ValidatingPolicy,
  { binding }: Invocation,
  denials: readonly Denial[],
  deny: (policy: string, binding: string, message: string, reason: string) => void,
): void {
  const actions: string[] = binding.spec.validationActions ?? [];
  for (const { message, reason, index } of denials) {
    if (actions.includes("Deny")) deny(policy.name, binding.name, message, reason);
    if (actions.includes("Warn")) {
      request.warn(
        `Validation failed for ValidatingAdmissionPolicy '${policy.name}' with binding '${binding.name}': ${message}`,
      );
    }
    if (actions.includes("Audit")) {
      const failure = {
        message,
        policy: policy.name,
        binding: binding.name,
        expressionIndex: index,
        validationActions: actions,
      };
      request.annotate("validation.policy.admission.k8s.io/validation_failure", JSON.stringify([failure]));
    }
  }
}

function denialOf(request: AdmissionRequest, text: string, reason: string) {
  const error = refusal(request, text);
  error.status.reason = reason;
  error.status.code = codes[reason] ?? 422;
  error.status.details!.causes = [{ message: text }];
  return error;
}
