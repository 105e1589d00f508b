// The kind SelfSubjectRulesReview: what may I do in this namespace?
// Source: kubernetes pkg/registry/authorization/selfsubjectrulesreview.

import { rulesReviewStatus } from "../../apiserver/authorization/rules-review.ts";
import { badRequest } from "../../machinery/status-error.ts";
import { builtin } from "../define.ts";
import { isEmpty } from "../validation/fields.ts";

export const selfSubjectRulesReviewKind = builtin({
  group: "authorization.k8s.io",
  kind: "SelfSubjectRulesReview",
  versions: ["v1"],
  strategy: {
    answer({ apiVersion, kind, spec }, { user, services }) {
      const namespace = spec?.namespace;
      if (isEmpty(namespace)) throw badRequest("no namespace on request");
      const status = rulesReviewStatus(user, services.rulesFor(user, namespace));
      return { apiVersion, kind, metadata: {}, spec: {}, status };
    },
  },
});
