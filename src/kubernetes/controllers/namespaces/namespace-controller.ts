// Empties deleted namespaces: pods first, then objects of all other kinds, custom ones included; then takes the finalizer
// `kubernetes` off the namespace.
//
// What has finalizers of its own goes when those who set them are done. Deletions in a namespace that is being emptied are counted,
// and it is looked at again when as many objects went as were left: promptly, and not once per object.

import type { ListOptions } from "../../../client/client.ts";
import type { Controller, ReconcileContext } from "../../../runtime/controller.ts";
import type { ControllerEnvironment } from "../../../runtime/module.ts";
import { namespaces } from "../../kinds.ts";
import type { Namespace } from "../../types.generated.ts";
import { ignoreNotFound } from "../ignore.ts";
import { forEachInParallel } from "../parallel.ts";
import { type ServedKind, servedKinds } from "../served-kinds.ts";
import { type DrainOutcome, drainConditions, isEmptied, type Remainder, remainderOf } from "./namespace-reconcile.ts";

const namespaceFinalizer = "kubernetes";
/** Another look whatever happens: for deletions that no event tells of. */
const lookAgain = 10_000;

/** Deletions in a namespace since it is being emptied. */
interface Tally {
  gone: number;
  /** The count at which nothing should be left. */
  goal: number;
}

export function namespaceController(environment: ControllerEnvironment): Controller {
  const tallies = new Map<string, Map<string, Tally>>();
  const forget = (plane: string) => {
    tallies.delete(plane);
  };
  return {
    name: "namespace",
    sources: [
      {
        kind: namespaces,
        keys: (namespace) => (namespace?.metadata.deletionTimestamp === undefined ? [] : [namespace.metadata.name!]),
      },
    ],
    every: {
      having: [],
      keys({ plane, old }) {
        const namespace = old?.metadata.namespace ?? "";
        const tally = tallies.get(plane)?.get(namespace);
        return tally !== undefined && ++tally.gone >= tally.goal ? [namespace] : [];
      },
      forget,
    },
    onIdle: forget,
    concurrency: 8,
    async reconcile(context, name) {
      const namespace = await context.client.resource(namespaces).find(name);
      const ofPlane = tallies.get(context.plane) ?? new Map<string, Tally>();
      if (namespace === undefined || !isOurs(namespace)) {
        ofPlane.delete(name);
        return undefined;
      }
      tallies.set(context.plane, ofPlane);
      const tally = { gone: 0, goal: Number.POSITIVE_INFINITY };
      ofPlane.set(name, tally);

      const outcome = await drain(environment, context, name, tally);
      const emptied = isEmptied(outcome);
      const current = await writeConditions(context, namespace, outcome, emptied);
      if (emptied) {
        ofPlane.delete(name);
        await finalize(context, current);
        return undefined;
      }
      if (outcome.deletionFailures.length > 0) throw new Error(outcome.deletionFailures[0]);
      return { requeueAfter: tally.gone >= tally.goal ? 1 : lookAgain };
    },
  };
}

function isOurs({ metadata, spec }: Namespace): boolean {
  return metadata.deletionTimestamp !== undefined && spec?.finalizers?.includes(namespaceFinalizer) === true;
}

async function drain(
  environment: ControllerEnvironment,
  context: ReconcileContext,
  namespace: string,
  tally: Tally,
): Promise<DrainOutcome> {
  const served = await servedKinds(environment, context);
  const emptiable = served.kinds.filter(
    ({ namespaced, verbs }) => namespaced && verbs.includes("list") && verbs.includes("delete"),
  );
  const arePods = ({ group, plural }: ServedKind) => group === "" && plural === "pods";
  const outcome = {
    discoveryFailures: served.failures,
    deletionFailures: [] as string[],
    remainders: [] as Remainder[],
  };
  const empty = async (kinds: ServedKind[]) => {
    const before = tally.gone;
    await forEachInParallel(kinds, async (kind) => {
      try {
        const remainder = await emptyKind(context, kind, namespace);
        if (remainder !== undefined) outcome.remainders.push(remainder);
      } catch (error) {
        outcome.deletionFailures.push((error as Error).message);
      }
    });
    // Deletions between a list and here are counted twice, which means a look too early at worst.
    tally.goal = before + outcome.remainders.reduce((sum, { objects }) => sum + objects, 0);
  };
  // Pods may need the secrets, config maps and policies around them until they have ended.
  await empty(emptiable.filter(arePods));
  if (outcome.remainders.length > 0 || outcome.deletionFailures.length > 0) return outcome;
  tally.goal = Number.POSITIVE_INFINITY;
  await empty(emptiable.filter((kind) => !arePods(kind)));
  return outcome;
}

/** Deletes the objects of one kind; tells what is left. */
async function emptyKind(
  context: ReconcileContext,
  kind: ServedKind,
  namespace: string,
): Promise<Remainder | undefined> {
  const objects = context.client.resource(kind);
  const list = async (options: ListOptions) => (await objects.list({ namespace, ...options })).items;
  const before = await list({});
  if (before.length === 0) return undefined;
  const doomed = before.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const options = { propagationPolicy: "Background" as const };
  if (doomed.length > 0 && kind.verbs.includes("deletecollection")) {
    await objects.deleteCollection({ namespace }, options);
  } else {
    await forEachInParallel(doomed, ({ metadata }) =>
      objects.delete(metadata.name!, namespace, options).catch(ignoreNotFound),
    );
  }
  return remainderOf({ group: kind.group, resource: kind.plural }, doomed.length > 0 ? await list({}) : before);
}

/** Writes what changed; a namespace that goes at once needs no conditions. */
async function writeConditions(
  context: ReconcileContext,
  namespace: Namespace,
  outcome: DrainOutcome,
  emptied: boolean,
): Promise<Namespace> {
  const goes =
    emptied && namespace.spec?.finalizers?.length === 1 && (namespace.metadata.finalizers ?? []).length === 0;
  if (goes) return namespace;
  const old = namespace.status?.conditions ?? [];
  const conditions = drainConditions(old, outcome, context.clock.now());
  if (conditions === old) return namespace;
  return context.client
    .resource(namespaces)
    .updateStatus({ ...namespace, status: { ...namespace.status, conditions } });
}

async function finalize(context: ReconcileContext, namespace: Namespace): Promise<void> {
  const finalizers = namespace.spec?.finalizers?.filter((one) => one !== namespaceFinalizer);
  await context.client
    .resource(namespaces)
    .update({ ...namespace, spec: { ...namespace.spec, finalizers } }, { subresource: "finalize" })
    .catch(ignoreNotFound);
}
