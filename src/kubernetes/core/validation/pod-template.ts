// Checks of pod templates, alone and as the template of a workload that selects its pods.

import { childPath, type FieldError, forbidden, notSupported } from "../../../machinery/field-error.ts";
import { validateAnnotations } from "../../../machinery/metadata.ts";
import type { JsonObject } from "../../../machinery/object.ts";
import type { LabelSelector } from "../../../machinery/selectors.ts";
import { isEmpty, isSet } from "../../validation/fields.ts";
import { checkLabels, checkTemplateMatchesSelector } from "../../validation/label-selectors.ts";
import { checkPodSpec } from "./pod-spec.ts";

export function checkPodTemplate(template: JsonObject | undefined, path: string, errors: FieldError[]): void {
  const metadata = template?.metadata;
  checkLabels(metadata?.labels, childPath(path, "labels"), errors);
  errors.push(...validateAnnotations(metadata?.annotations, childPath(path, "annotations")));
  const specPath = childPath(path, "spec");
  checkPodSpec(template?.spec ?? {}, { kind: "template" }, specPath, errors);
  if (!isEmpty(template?.spec?.ephemeralContainers)) {
    const at = childPath(specPath, "ephemeralContainers");
    errors.push(forbidden(at, "ephemeral containers not allowed in pod template"));
  }
}

/**
 * The template of a workload whose pods run until they are deleted.
 *
 * @param kindText how messages name the kind: `ReplicaSet`, `StatefulSet`…
 */
export function checkRunningTemplate(
  template: JsonObject | undefined,
  selector: LabelSelector | undefined,
  kindText: string,
  path: string,
  errors: FieldError[],
): void {
  checkTemplateMatchesSelector(template, selector, path, errors);
  checkPodTemplate(template, path, errors);
  const { restartPolicy, activeDeadlineSeconds } = template?.spec ?? {};
  if (restartPolicy !== "Always") {
    errors.push(notSupported(childPath(path, "spec.restartPolicy"), restartPolicy ?? "", ["Always"]));
  }
  if (isSet(activeDeadlineSeconds)) {
    const why = `activeDeadlineSeconds in ${kindText} is not Supported`;
    errors.push(forbidden(childPath(path, "spec.activeDeadlineSeconds"), why));
  }
}
