// The built-in kinds around pods: what runs, what makes it run, and what scales, protects and ranks it.

import type { KindRegistration } from "../apiserver/strategy.ts";
import { controllerRevisions } from "./apps/controller-revision.ts";
import { daemonSets } from "./apps/daemon-set.ts";
import { deployments } from "./apps/deployment.ts";
import { replicaSets } from "./apps/replica-set.ts";
import { statefulSets } from "./apps/stateful-set.ts";
import { horizontalPodAutoscalers } from "./autoscaling/horizontal-pod-autoscaler.ts";
import { cronJobs } from "./batch/cron-job.ts";
import { jobs } from "./batch/job.ts";
import { bindings } from "./core/binding.ts";
import { pods } from "./core/pod.ts";
import { podTemplates } from "./core/pod-template.ts";
import { replicationControllers } from "./core/replication-controller.ts";
import { podDisruptionBudgets } from "./policy/pod-disruption-budget.ts";
import { priorityClassKind } from "./scheduling/priority-class.ts";

export const workloadKinds: KindRegistration[] = [
  pods,
  podTemplates,
  replicationControllers,
  bindings,
  deployments,
  replicaSets,
  statefulSets,
  daemonSets,
  controllerRevisions,
  jobs,
  cronJobs,
  horizontalPodAutoscalers,
  podDisruptionBudgets,
  priorityClassKind,
];
