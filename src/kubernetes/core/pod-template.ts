// PodTemplates: templates that are kept for their own sake.

import type { Strategy } from "../../apiserver/strategy.ts";
import type { FieldError } from "../../machinery/field-error.ts";
import { containerImages, containerNames, showLabels, textColumn } from "../columns.ts";
import { builtin } from "../define.ts";
import { defaultTemplateOf } from "./pod-defaults.ts";
import { templateWarnings } from "./pod-warnings.ts";
import { checkPodTemplate } from "./validation/pod-template.ts";

const podTemplateStrategy: Strategy = {
  defaults: defaultTemplateOf,
  validate(object) {
    const errors: FieldError[] = [];
    checkPodTemplate(object.template, "template", errors);
    return errors;
  },
  warnings: (object, old) => templateWarnings(object.template, "template", object, old),
};

export const podTemplates = builtin({
  group: "",
  kind: "PodTemplate",
  versions: ["v1"],
  columns: [
    textColumn("Containers", "Names of the containers in the template", (o) => containerNames(o.template)),
    textColumn("Images", "Images of the containers in the template", (o) => containerImages(o.template)),
    textColumn("Pod Labels", "Labels of the template", (o) => showLabels(o.template?.metadata?.labels)),
  ],
  strategy: podTemplateStrategy,
});
