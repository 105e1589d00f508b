// The client library: `muster/client`. It needs no server in its process.
//
// @example
// const client = clientFromKubeconfig("/home/ann/.kube/config");
// const pods = client.resource({ group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true });
// for await (const pod of pods.listAll({ labelSelector: "app=web" })) console.log(pod.metadata.name);
//
// @example
// const informer = new Informer({ client, kind: nodes, clock: systemClock }).start();
// informer.onEvent(({ type, object, old }) => console.log(type, (object ?? old).metadata.name));
// await informer.synced;

export type { KubeconfigAccess } from "../machinery/kubeconfig.ts";
export { buildKubeconfig, parseKubeconfig } from "../machinery/kubeconfig.ts";
export type { KubeList, KubeObject, ObjectMeta, OwnerReference } from "../machinery/object.ts";
export { hasReason, type Status, StatusError } from "../machinery/status-error.ts";
export type * from "./client.ts";
export { type Clock, systemClock } from "./clock.ts";
export { type CredentialSource, type Credentials, TokenFileCredentials } from "./credentials.ts";
export { ConnectionError } from "./errors.ts";
export { type HttpsClient, type HttpsOptions, httpsClient } from "./https.ts";
export { inProcessClient } from "./in-process.ts";
export { Informer, type InformerOptions } from "./informer.ts";
export { clientFromKubeconfig, inClusterClient } from "./kubeconfig.ts";
export type { IndexFunction, ObjectChange } from "./object-store.ts";
