// The kind SelfSubjectReview: who am I? Source: kubernetes pkg/registry/authentication/selfsubjectreview.

import { formatTime } from "../../machinery/time.ts";
import { builtin } from "../define.ts";
import { showUser } from "./user-info.ts";

export const selfSubjectReviewKind = builtin({
  group: "authentication.k8s.io",
  kind: "SelfSubjectReview",
  versions: ["v1"],
  strategy: {
    answer: ({ apiVersion, kind }, { user, now }) => ({
      apiVersion,
      kind,
      metadata: { creationTimestamp: formatTime(now) },
      status: { userInfo: showUser(user) },
    }),
  },
});
