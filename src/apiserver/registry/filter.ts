// Which objects of a resource a list or watch is about: namespace, name, label selector, field selector.

import type { KubeObject } from "../../machinery/object.ts";
import { matches, parseFieldSelector, parseLabelSelector, type Requirement } from "../../machinery/selectors.ts";
import { badRequest } from "../../machinery/status-error.ts";
import type { Entry } from "../store/entry.ts";
import type { ServedResource } from "./kind-registry.ts";

export interface Filter {
  /** "" for all. */
  readonly namespace: string;
  /** Set when the field selector asks for one name. */
  readonly name: string | undefined;
  readonly labels: readonly Requirement[];
  readonly fields: readonly Requirement[];
  /** Whether the selectors let everything pass. */
  readonly everything: boolean;
  /** Equal filters have equal texts. */
  readonly id: string;
  /** Whether an entry of the filter's namespace passes. */
  test(entry: Entry): boolean;
}

type FieldTest = { value: (object: KubeObject) => string; wanted: string; negate: boolean };

const metadataFields: Record<string, (object: KubeObject) => string> = {
  "metadata.name": (object) => object.metadata.name ?? "",
  "metadata.namespace": (object) => object.metadata.namespace ?? "",
};

/** Compiles the selectors of a query; 400 with the words of Kubernetes when they are malformed or name unknown fields. */
export function parseFilter(served: ServedResource, namespace: string, query: URLSearchParams, name = ""): Filter {
  const labelText = query.get("labelSelector") ?? "";
  const fieldText = query.get("fieldSelector") ?? "";
  const labels = labelText === "" ? none : parseLabels(labelText);
  const fields = fieldText === "" ? none : parseFields(served, fieldText);
  return makeFilter(served, namespace, labels, fields, name, `${namespace}\n${name}\n${labelText}\n${fieldText}`);
}

const none: readonly Requirement[] = [];

function parseLabels(text: string): readonly Requirement[] {
  const parsed = parseLabelSelector(text);
  if (!parsed.ok) throw badRequest(parsed.error);
  return parsed.requirements;
}

function parseFields(served: ServedResource, text: string): readonly Requirement[] {
  const parsed = parseFieldSelector(text);
  if (!parsed.ok) throw badRequest(parsed.error);
  for (const { key } of parsed.requirements) {
    if (fieldValue(served, key) !== undefined) continue;
    throw badRequest(`field label not supported: ${key}`);
  }
  return parsed.requirements;
}

function fieldValue(served: ServedResource, key: string): ((object: KubeObject) => string) | undefined {
  const field = served.version.selectableFields?.find((candidate) => candidate.name === key);
  if (field !== undefined) return field.value;
  if (key === "metadata.namespace" && !served.kind.namespaced) return undefined;
  return Object.hasOwn(metadataFields, key) ? metadataFields[key] : undefined;
}

function makeFilter(
  served: ServedResource,
  namespace: string,
  labels: readonly Requirement[],
  fields: readonly Requirement[],
  name: string,
  id: string,
): Filter {
  let wantedName: string | undefined = name === "" ? undefined : name;
  const tests: FieldTest[] = [];
  for (const requirement of fields) {
    const negate = requirement.operator === "NotIn";
    const wanted = requirement.values[0] ?? "";
    if (requirement.key === "metadata.name" && !negate && wantedName === undefined) wantedName = wanted;
    tests.push({ value: fieldValue(served, requirement.key)!, wanted, negate });
  }
  if (name !== "") tests.push({ value: metadataFields["metadata.name"]!, wanted: name, negate: false });
  const everything = labels.length === 0 && tests.length === 0;
  return {
    namespace,
    name: wantedName,
    labels,
    fields,
    everything,
    id,
    test(entry) {
      if (labels.length > 0 && !matches(labels, entry.labels)) return false;
      for (const test of tests) if ((test.value(entry.object) === test.wanted) === test.negate) return false;
      return true;
    },
  };
}
