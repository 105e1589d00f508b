// The kind PriorityLevelConfiguration: how much of the server's capacity some flows get, and how their requests wait.
// Source of the rules and words: kubernetes pkg/apis/flowcontrol/{v1/defaults.go,validation}, pkg/printers/internalversion.

import { type FieldError, forbidden, invalid, notSupported, required } from "../../machinery/field-error.ts";
import type { JsonObject, KubeObject } from "../../machinery/object.ts";
import { ageColumn, none, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { semanticEqual } from "../validation/equality.ts";
import { isSet, numberOf } from "../validation/fields.ts";
import { mandatoryFlowControl } from "./bootstrap.ts";
import { checkConditions } from "./conditions.ts";

const defaultShares = 30;
const defaultQueuing = { queues: 64, handSize: 8, queueLengthLimit: 50 };
const maxQueues = 10_000_000;
/** Bits of the hash that deals a flow its hand of queues. */
const maxHashBits = 60;

export const priorityLevelConfigurationKind = builtin({
  group: "flowcontrol.apiserver.k8s.io",
  kind: "PriorityLevelConfiguration",
  versions: ["v1"],
  columns: [
    textColumn("Type", "Whether requests are limited", ({ spec }) => spec?.type ?? ""),
    textColumn("NominalConcurrencyShares", "The level's part of the capacity", ({ spec }) =>
      show(spec?.limited?.nominalConcurrencyShares),
    ),
    textColumn("Queues", "How many queues there are", (object) => show(queuingOf(object)?.queues)),
    textColumn("HandSize", "How many queues a flow may use", (object) => show(queuingOf(object)?.handSize)),
    textColumn("QueueLengthLimit", "How many requests wait in a queue", (object) =>
      show(queuingOf(object)?.queueLengthLimit),
    ),
    ageColumn,
  ],
  strategy: {
    defaults: fillDefaults,
    validate: validateLevel,
    validateStatusUpdate(object) {
      const errors: FieldError[] = [];
      checkConditions(object, errors);
      return errors;
    },
  },
});

function show(value: unknown): string {
  return isSet(value) ? String(value) : none;
}

function queuingOf({ spec }: KubeObject): JsonObject | undefined {
  return spec?.limited?.limitResponse?.queuing;
}

function fillDefaults(object: KubeObject): void {
  const { exempt, limited } = (object.spec ?? {}) as JsonObject;
  if (isSet(exempt)) {
    exempt.nominalConcurrencyShares ??= 0;
    exempt.lendablePercent ??= 0;
  }
  if (!isSet(limited)) return;
  limited.nominalConcurrencyShares ??= defaultShares;
  limited.lendablePercent ??= 0;
  const queuing = limited.limitResponse?.queuing;
  if (!isSet(queuing)) return;
  for (const [field, value] of Object.entries(defaultQueuing)) queuing[field] ||= value;
}

function validateLevel(object: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const name = object.metadata.name ?? "";
  const spec: JsonObject = object.spec ?? {};
  const type = spec.type ?? "";
  if ((name === "exempt") !== (type === "Exempt")) {
    errors.push(invalid("spec.type", type, "type must be 'Exempt' if and only if name is 'exempt'"));
  }
  if (type === "Exempt") {
    if (isSet(spec.limited)) errors.push(forbidden("spec.limited", "must be nil if the type is not Limited"));
    if (isSet(spec.exempt)) checkShares(spec.exempt, "spec.exempt", errors);
  } else if (type === "Limited") {
    if (isSet(spec.exempt)) errors.push(forbidden("spec.exempt", "must be nil if the type is Limited"));
    if (isSet(spec.limited)) checkLimited(spec.limited, errors);
    else errors.push(required("spec.limited", "must not be empty when type is Limited"));
  } else {
    errors.push(notSupported("spec.type", type, ["Exempt", "Limited"]));
  }
  checkMandatory(name, spec, errors);
  checkConditions(object, errors);
  return errors;
}

function checkMandatory(name: string, spec: JsonObject, errors: FieldError[]): void {
  const fixed = mandatoryFlowControl.priorityLevels.find(({ metadata }) => metadata.name === name);
  if (fixed === undefined) return;
  if (name === "exempt") {
    if (semanticEqual({ ...spec, exempt: null }, { ...fixed.spec, exempt: null })) return;
    const text = "spec of 'exempt' except the 'spec.exempt' field must equal the fixed value";
    errors.push(invalid("spec", spec, text));
  } else if (!semanticEqual(spec, fixed.spec)) {
    errors.push(invalid("spec", spec, `spec of '${name}' must equal the fixed value`));
  }
}

function checkShares(part: JsonObject, path: string, errors: FieldError[]): void {
  const { nominalConcurrencyShares: shares, lendablePercent: lendable } = part;
  if ((numberOf(shares) ?? 0) < 0) {
    errors.push(invalid(`${path}.nominalConcurrencyShares`, shares, "must be a non-negative integer"));
  }
  const percent = numberOf(lendable) ?? 0;
  if (percent < 0 || percent > 100) {
    errors.push(invalid(`${path}.lendablePercent`, lendable, "must be between 0 and 100, inclusive"));
  }
}

function checkLimited(limited: JsonObject, errors: FieldError[]): void {
  const path = "spec.limited";
  checkShares(limited, path, errors);
  const borrowing = limited.borrowingLimitPercent;
  if ((numberOf(borrowing) ?? 0) < 0) {
    const text = "if specified, must be a non-negative integer";
    errors.push(invalid(`${path}.borrowingLimitPercent`, borrowing, text));
  }
  const { type = "", queuing } = (limited.limitResponse ?? {}) as JsonObject;
  const at = `${path}.limitResponse`;
  if (type === "Reject") {
    if (isSet(queuing)) {
      errors.push(forbidden(`${at}.queuing`, "must be nil if limited.limitResponse.type is not Limited"));
    }
  } else if (type === "Queue") {
    if (isSet(queuing)) checkQueuing(queuing, `${at}.queuing`, errors);
    else errors.push(required(`${at}.queuing`, "must not be empty if limited.limitResponse.type is Limited"));
  } else {
    errors.push(notSupported(`${at}.type`, type, ["Queue", "Reject"]));
  }
}

function checkQueuing(queuing: JsonObject, path: string, errors: FieldError[]): void {
  const refuse = (field: string, text: string) => errors.push(invalid(`${path}.${field}`, queuing[field] ?? 0, text));
  const [length, queues, hand] = [queuing.queueLengthLimit, queuing.queues, queuing.handSize].map(
    (value) => numberOf(value) ?? 0,
  ) as [number, number, number];
  if (length <= 0) refuse("queueLengthLimit", "must be positive");
  if (queues <= 0) refuse("queues", "must be positive");
  else if (queues > maxQueues) refuse("queues", `must not be greater than ${maxQueues}`);
  if (hand <= 0) refuse("handSize", "must be positive");
  else if (hand > queues) refuse("handSize", `should not be greater than queues (${queues})`);
  else if (entropyBits(queues, hand) > maxHashBits) {
    const text = `required entropy bits of deckSize ${queues} and handSize ${hand} should not be greater than ${maxHashBits}`;
    refuse("handSize", text);
  }
}

/** Bits that it takes to deal a hand from a deck, up to just above the limit. */
function entropyBits(deck: number, hand: number): number {
  let bits = 0;
  for (let dealt = 0; dealt < hand && bits <= maxHashBits; dealt++) bits += Math.log2(deck - dealt);
  return Math.ceil(bits);
}
