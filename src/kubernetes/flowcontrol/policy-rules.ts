// The rules of a flow schema: whose requests, and which. Source of the rules and words: kubernetes pkg/apis/flowcontrol/validation.

import { type FieldError, forbidden, invalid, notSupported, required } from "../../machinery/field-error.ts";
import { labelName, subdomainName } from "../../machinery/names.ts";
import type { JsonObject } from "../../machinery/object.ts";
import { isEmpty, isSet, listOf } from "../validation/fields.ts";

const verbs = ["get", "list", "create", "update", "delete", "deletecollection", "patch", "watch", "proxy"];
/** The field that each kind of subject needs, and the only one that it may have. */
const subjectFields = { ServiceAccount: "serviceAccount", User: "user", Group: "group" } as const;

export function checkPolicyRules(rule: JsonObject, path: string, errors: FieldError[]): void {
  const subjects: JsonObject[] = listOf(rule.subjects);
  if (subjects.length === 0) errors.push(required(`${path}.subjects`, "subjects must contain at least one value"));
  subjects.forEach((subject, index) => {
    checkSubject(subject, `${path}.subjects[${index}]`, errors);
  });
  const resourceRules: JsonObject[] = listOf(rule.resourceRules);
  const nonResourceRules: JsonObject[] = listOf(rule.nonResourceRules);
  if (resourceRules.length === 0 && nonResourceRules.length === 0) {
    errors.push(required(path, "at least one of resourceRules and nonResourceRules has to be non-empty"));
  }
  resourceRules.forEach((each, index) => {
    checkResourceRule(each, `${path}.resourceRules[${index}]`, errors);
  });
  nonResourceRules.forEach((each, index) => {
    checkNonResourceRule(each, `${path}.nonResourceRules[${index}]`, errors);
  });
}

function checkSubject(subject: JsonObject, path: string, errors: FieldError[]): void {
  const kind: string = subject.kind ?? "";
  if (!Object.hasOwn(subjectFields, kind)) {
    errors.push(notSupported(`${path}.kind`, kind, Object.keys(subjectFields)));
    return;
  }
  const field = subjectFields[kind as keyof typeof subjectFields];
  const at = `${path}.${field}`;
  const given = subject[field];
  if (!isSet(given)) errors.push(required(at, `${field} is required when subject kind is '${kind}'`));
  else if (isEmpty(given.name)) errors.push(required(`${at}.name`));
  else if (kind === "ServiceAccount" && given.name !== "*") {
    for (const text of subdomainName(given.name, false)) errors.push(invalid(`${at}.name`, given.name, text));
  }
  if (kind === "ServiceAccount" && isSet(given)) checkAccountNamespace(given.namespace, `${at}.namespace`, errors);
  for (const [otherKind, other] of Object.entries(subjectFields)) {
    if (other === field || !isSet(subject[other])) continue;
    errors.push(forbidden(`${path}.${other}`, `${other} is forbidden when subject kind is not '${otherKind}'`));
  }
}

function checkAccountNamespace(namespace: string | undefined, path: string, errors: FieldError[]): void {
  if (isEmpty(namespace)) errors.push(required(path, "must specify namespace for service account"));
  else for (const text of labelName(namespace!, false)) errors.push(invalid(path, namespace, text));
}

function checkResourceRule(rule: JsonObject, path: string, errors: FieldError[]): void {
  checkVerbs(rule.verbs, `${path}.verbs`, errors);
  checkWildcardList(
    rule.apiGroups,
    `${path}.apiGroups`,
    "resource rules must supply at least one api group",
    "if '*' is present, must not specify other api groups",
    errors,
  );
  checkWildcardList(
    rule.resources,
    `${path}.resources`,
    "resource rules must supply at least one resource",
    "if '*' is present, must not specify other resources",
    errors,
  );
  checkNamespaces(rule, `${path}.namespaces`, errors);
}

function checkNamespaces({ namespaces, clusterScope }: JsonObject, path: string, errors: FieldError[]): void {
  const names: string[] = listOf(namespaces);
  if (names.length === 0 && clusterScope !== true) {
    const text = "resource rules that are not cluster scoped must supply at least one namespace";
    errors.push(required(path, text));
  } else if (names.includes("*")) {
    if (names.length > 1) errors.push(invalid(path, names, "if '*' is present, must not specify other namespaces"));
  } else {
    names.forEach((name, index) => {
      for (const text of labelName(name, false)) {
        const detail = `each member of this list must be '*' or a DNS-1123 label; ${text}`;
        errors.push(invalid(`${path}[${index}]`, name, detail));
      }
    });
  }
}

function checkNonResourceRule(rule: JsonObject, path: string, errors: FieldError[]): void {
  checkVerbs(rule.verbs, `${path}.verbs`, errors);
  const urls: string[] = listOf(rule.nonResourceURLs);
  const at = `${path}.nonResourceURLs`;
  checkWildcardList(
    urls,
    at,
    "nonResourceURLs must contain at least one value",
    "if '*' is present, must not specify other non-resource URLs",
    errors,
  );
  if (urls.includes("*")) return;
  urls.forEach((url, index) => {
    const problem = urlProblem(url);
    if (problem !== undefined) errors.push(invalid(`${at}[${index}]`, url, problem));
  });
}

function checkVerbs(given: unknown, path: string, errors: FieldError[]): void {
  const list: string[] = listOf(given);
  checkWildcardList(
    list,
    path,
    "verbs must contain at least one value",
    "if '*' is present, must not specify other verbs",
    errors,
  );
  if (list.includes("*") || list.every((verb) => verbs.includes(verb))) return;
  errors.push(notSupported(path, list, verbs));
}

function checkWildcardList(given: unknown, path: string, none: string, others: string, errors: FieldError[]): void {
  const list: string[] = listOf(given);
  if (list.length === 0) errors.push(required(path, none));
  else if (list.length > 1 && list.includes("*")) errors.push(invalid(path, list, others));
}

function urlProblem(url: string): string | undefined {
  if (url === "") return "must not be empty";
  if (url === "/") return undefined;
  if (!url.startsWith("/")) return "must start with slash";
  if (url.includes(" ")) return "must not contain white-space";
  if (url.includes("//")) return "must not contain double slash";
  const star = url.indexOf("*");
  if (star >= 0 && (star < url.length - 1 || !url.endsWith("/*"))) return "wildcard can only do suffix matching";
  return undefined;
}
