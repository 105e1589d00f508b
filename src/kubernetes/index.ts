// The module that every control plane has: the built-in kinds of Kubernetes, their admission, and the controllers behind them.

import { crdRegistration } from "../apiserver/crd/crd-kind.ts";
import type { KindRegistration } from "../apiserver/strategy.ts";
import type { Module } from "../runtime/module.ts";
import { kubernetesAdmission } from "./admission/index.ts";
import { admissionKinds } from "./admission-kinds.ts";
import { bootstrapKubernetes } from "./bootstrap.ts";
import { controlKinds } from "./control-kinds.ts";
import { kubernetesControllers } from "./controllers/index.ts";
import { coreKinds } from "./core-kinds.ts";
import { builtinSchema } from "./definitions.ts";
import { workloadKinds } from "./workload-kinds.ts";

const kinds: KindRegistration[] = [
  ...coreKinds,
  ...workloadKinds,
  ...controlKinds,
  ...admissionKinds,
  crdRegistration(builtinSchema("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition")),
];

export const kubernetes: Module = {
  name: "kubernetes",
  profiles: ["hub", "cluster"],
  kinds,
  admission: kubernetesAdmission,
  bootstrap: bootstrapKubernetes,
  controllers: kubernetesControllers,
};
