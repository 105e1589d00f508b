// The built-in kinds about the API server itself: who asks, who may, which servers answer, and how its capacity is shared.

import type { KindRegistration } from "../apiserver/strategy.ts";
import { apiServiceKind } from "./apiregistration/api-service.ts";
import { selfSubjectReviewKind } from "./authentication/self-subject-review.ts";
import { tokenReviewKind } from "./authentication/token-review.ts";
import {
  localSubjectAccessReviewKind,
  selfSubjectAccessReviewKind,
  subjectAccessReviewKind,
} from "./authorization/access-review.ts";
import { selfSubjectRulesReviewKind } from "./authorization/self-subject-rules-review.ts";
import { flowSchemaKind } from "./flowcontrol/flow-schema.ts";
import { priorityLevelConfigurationKind } from "./flowcontrol/priority-level-configuration.ts";

export const controlKinds: KindRegistration[] = [
  tokenReviewKind,
  selfSubjectReviewKind,
  subjectAccessReviewKind,
  selfSubjectAccessReviewKind,
  localSubjectAccessReviewKind,
  selfSubjectRulesReviewKind,
  apiServiceKind,
  flowSchemaKind,
  priorityLevelConfigurationKind,
];
