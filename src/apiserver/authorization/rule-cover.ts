// Which of some wanted rules are not covered by the rules that somebody holds. Pure.
// Source of the meaning and of the text: k8s.io/component-helpers auth/rbac/validation, k8s.io/kubernetes pkg/registry/rbac/validation.

import type { PolicyRule } from "../identity.ts";
import { trimStars } from "./rule-set.ts";

/** A rule is a product; a hostile one has more parts than anybody can look at, and what was not looked at is not covered. */
const maximumParts = 100_000;

/** The parts of the wanted rules, one verb on one thing each, that no single held rule covers. */
export function uncoveredRules(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  const missing: PolicyRule[] = [];
  let looked = 0;
  for (const rule of wanted) {
    for (const part of parts(rule)) {
      looked++;
      if (looked > maximumParts || !held.some((owner) => covers(owner, part))) missing.push(part);
      if (looked > maximumParts) return missing;
    }
  }
  return missing;
}

/** One line per resource or URL, sorted: `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}`. */
export function describeMissing(missing: readonly PolicyRule[]): string {
  const byResource = new Map<string, PolicyRule>();
  const others: PolicyRule[] = [];
  for (const rule of missing) {
    if (rule.resources === undefined || rule.resourceNames !== undefined) {
      others.push(rule);
      continue;
    }
    const key = JSON.stringify([rule.apiGroups, rule.resources]);
    const known = byResource.get(key);
    if (known === undefined) byResource.set(key, { ...rule, verbs: [...rule.verbs] });
    else known.verbs.push(...rule.verbs);
  }
  return [...new Set([...others, ...byResource.values()].map(describeRule))].sort().join("\n");
}

function describeRule(rule: PolicyRule): string {
  const fields: [string, readonly string[] | undefined][] = [
    ["APIGroups", rule.apiGroups],
    ["Resources", rule.resources],
    ["NonResourceURLs", rule.nonResourceURLs],
    ["ResourceNames", rule.resourceNames],
    ["Verbs", rule.verbs],
  ];
  const shown = fields.filter(([, values]) => (values ?? []).length > 0);
  const text = shown.map(([name, values]) => `${name}:[${values!.map((value) => JSON.stringify(value)).join(" ")}]`);
  return `{${text.join(", ")}}`;
}

function* parts(rule: PolicyRule): Iterable<PolicyRule> {
  for (const group of rule.apiGroups ?? []) {
    for (const resource of rule.resources ?? []) {
      for (const verb of rule.verbs ?? []) {
        const part: PolicyRule = { verbs: [verb], apiGroups: [group], resources: [resource] };
        if ((rule.resourceNames ?? []).length === 0) yield part;
        for (const name of rule.resourceNames ?? []) yield { ...part, resourceNames: [name] };
      }
    }
  }
  for (const url of rule.nonResourceURLs ?? []) {
    for (const verb of rule.verbs ?? []) yield { verbs: [verb], nonResourceURLs: [url] };
  }
}

/** Whether one rule covers a part; parts have one value in each of their fields. */
function covers(owner: PolicyRule, part: PolicyRule): boolean {
  return (
    matches(owner.verbs, part.verbs[0]) &&
    matches(owner.apiGroups, part.apiGroups?.[0]) &&
    coversResource(owner.resources, part.resources?.[0]) &&
    coversUrl(owner.nonResourceURLs, part.nonResourceURLs?.[0]) &&
    coversName(owner.resourceNames, part.resourceNames?.[0])
  );
}

function matches(held: readonly string[] | undefined, wanted: string | undefined): boolean {
  return wanted === undefined || (held ?? []).includes("*") || (held ?? []).includes(wanted);
}

function coversResource(held: readonly string[] | undefined, wanted: string | undefined): boolean {
  if (matches(held, wanted)) return true;
  const slash = wanted!.indexOf("/");
  return slash >= 0 && (held ?? []).includes(`*${wanted!.slice(slash)}`);
}

function coversUrl(held: readonly string[] | undefined, wanted: string | undefined): boolean {
  if (wanted === undefined) return true;
  return (held ?? []).some((url) => url === wanted || (url.endsWith("*") && wanted.startsWith(trimStars(url))));
}

function coversName(held: readonly string[] | undefined, wanted: string | undefined): boolean {
  if ((held ?? []).length === 0) return true;
  return wanted !== undefined && held!.includes(wanted);
}
