// One control plane: an isolated Kubernetes API with its own data, keys, identities, kinds and rules. The hub, a virtual hub, a
// hosted cluster and a local cluster are all one of these.
//
// This file only puts the parts together; requests go through serve.ts (HTTP) or `call` (in process).

import { randomInt, randomUUID } from "node:crypto";
import { randomSuffix } from "../../machinery/names.ts";
import type { Engine, EngineError } from "../../storage/engine.ts";
import { Aggregator } from "../aggregation/aggregator.ts";
import { AnonymousAuthenticator } from "../authentication/anonymous.ts";
import { BootstrapTokenAuthenticator } from "../authentication/bootstrap-tokens.ts";
import { ClientCertificateAuthenticator, ClientCertificateVerifier } from "../authentication/client-certificates.ts";
import { FrontProxyAuthenticator } from "../authentication/front-proxy.ts";
import { OidcAuthenticator } from "../authentication/oidc.ts";
import { RequestAuthenticator } from "../authentication/request-authenticator.ts";
import { ServiceAccountAuthenticator } from "../authentication/service-account-authenticator.ts";
import { ServiceAccountKeys } from "../authentication/service-account-keys.ts";
import { ServiceAccountTokenIssuer } from "../authentication/service-account-tokens.ts";
import { StaticTokenAuthenticator } from "../authentication/static-tokens.ts";
import { BearerTokens } from "../authentication/token-authenticator.ts";
import { NodeAuthorizer } from "../authorization/node.ts";
import { NodeGraph, nodeGraphSources } from "../authorization/node-graph.ts";
import { RbacAuthorizer } from "../authorization/rbac.ts";
import { RbacIndex, rbacSources } from "../authorization/rbac-index.ts";
import { PrivilegedGroupAuthorizer, UnionAuthorizer } from "../authorization/union.ts";
import { CrdRegistrar } from "../crd/crd-registrar.ts";
import type { SharedSchemas } from "../crd/custom-schema.ts";
import { Endpoints } from "../endpoints/endpoints.ts";
import type { Authorizer } from "../identity.ts";
import { RequestLimits } from "../limits/request-limits.ts";
import { RequestMetrics } from "../observe/request-metrics.ts";
import type { ServedRequest } from "../observe/served-request.ts";
import type { PlaneKeys } from "../pki/plane-keys.ts";
import { FanOut } from "../registry/fan-out.ts";
import { type KindCatalog, KindRegistry } from "../registry/kind-registry.ts";
import type { RegistryServices } from "../registry/services.ts";
import { YamlReader } from "../registry/yaml-reader.ts";
import type { ParsedObjectBudget } from "../store/entry.ts";
import { PlaneStore } from "../store/plane-store.ts";
import { committedState, newestState } from "../store/state-readers.ts";
import type { PlaneFacts, PlaneServices, StateReader, StrategyContext } from "../strategy.ts";
import { createWebhookPost } from "../webhooks/webhook-client.ts";
import { PluginChain } from "./admission-chain.ts";
import { type Call, type CallEvent, callObject, watchObjects } from "./call.ts";
import { feedIndex } from "./index-feed.ts";
import { createPlaneServices } from "./plane-services.ts";
import type { PlaneSettings } from "./settings.ts";

export interface ControlPlaneOptions {
  name: string;
  engine: Engine;
  keys: PlaneKeys;
  /** Shared by all planes of the process. */
  catalog: KindCatalog;
  budget: ParsedObjectBudget;
  /** Schemas of custom kinds, shared by all planes. */
  schemas: SharedSchemas;
  settings: PlaneSettings;
  now: () => Date;
  onStorageError?: (error: EngineError) => void;
  /** Called for errors that are no StatusError: faults of the server. */
  onUnexpectedError?: (error: unknown) => void;
  /** Called when a request was answered: the audit log. */
  observers?: ((request: ServedRequest) => void)[];
}

export class ControlPlane implements PlaneFacts {
  readonly name: string;
  readonly keys: PlaneKeys;
  readonly settings: PlaneSettings;
  readonly store: PlaneStore;
  readonly kinds: KindRegistry;
  readonly fanOut: FanOut;
  /** The published state. */
  readonly committed: StateReader;
  readonly registry: RegistryServices;
  readonly services: PlaneServices;
  readonly authenticator: RequestAuthenticator;
  readonly bearerTokens: BearerTokens;
  readonly authorizer: Authorizer;
  readonly rbac: RbacIndex;
  readonly rbacAuthorizer: RbacAuthorizer;
  readonly serviceAccountKeys: ServiceAccountKeys;
  readonly tokenIssuer: ServiceAccountTokenIssuer;
  readonly limits = new RequestLimits();
  readonly yamlReader = new YamlReader();
  readonly aggregator: Aggregator;
  readonly crds: CrdRegistrar;
  readonly endpoints: Endpoints;
  readonly now: () => Date;
  readonly #observers: readonly ((request: ServedRequest) => void)[];
  readonly #metrics: RequestMetrics;
  readonly #onUnexpectedError: (error: unknown) => void;

  private constructor(options: ControlPlaneOptions, store: PlaneStore) {
    const { name, keys, settings, now } = options;
    this.name = name;
    this.keys = keys;
    this.settings = settings;
    this.now = now;
    this.store = store;
    this.kinds = new KindRegistry(options.catalog);
    this.fanOut = new FanOut({
      store,
      now: () => now().getTime(),
      onError: (error) => this.onUnexpectedError(error),
    });
    this.committed = committedState(store);
    const newest = newestState(store);

    this.serviceAccountKeys = new ServiceAccountKeys(keys.serviceAccounts);
    const tokenSettings = {
      keys: this.serviceAccountKeys,
      issuers: [settings.externalUrl] as const,
      apiAudiences: [settings.externalUrl],
      now,
      uuid: randomUUID,
    };
    this.tokenIssuer = new ServiceAccountTokenIssuer(tokenSettings);
    this.bearerTokens = new BearerTokens(
      [
        ...(settings.staticTokens
          ? [new StaticTokenAuthenticator(settings.staticTokens.text, settings.staticTokens.fileName)]
          : []),
        new ServiceAccountAuthenticator(tokenSettings, newest),
        new BootstrapTokenAuthenticator(newest, now),
        ...(settings.oidcIssuers.length > 0 ? [new OidcAuthenticator(settings.oidcIssuers, now)] : []),
      ],
      tokenSettings.apiAudiences,
    );
    const clientAuthorities = [keys.authority.certificate, ...keys.additionalClientAuthorities];
    this.authenticator = new RequestAuthenticator(
      [
        new FrontProxyAuthenticator({
          verifier: new ClientCertificateVerifier([keys.frontProxyAuthority.certificate], now),
          allowedNames: ["front-proxy-client"],
        }),
        new ClientCertificateAuthenticator(new ClientCertificateVerifier(clientAuthorities, now)),
        this.bearerTokens,
      ],
      new AnonymousAuthenticator(settings.anonymous),
    );

    this.rbac = new RbacIndex(this.committed);
    feedIndex(store, this.rbac, rbacSources);
    const nodeGraph = new NodeGraph(this.committed);
    feedIndex(store, nodeGraph, nodeGraphSources);
    this.rbacAuthorizer = new RbacAuthorizer(this.rbac);
    this.authorizer = new UnionAuthorizer([
      new PrivilegedGroupAuthorizer(),
      new NodeAuthorizer(nodeGraph, settings.nodeRules),
      this.rbacAuthorizer,
    ]);
    this.registry = {
      store,
      kinds: this.kinds,
      state: newest,
      admission: new PluginChain(settings.admission(this)),
      authorizer: this.authorizer,
      uuid: randomUUID,
    };
    this.services = createPlaneServices(this);
    this.crds = new CrdRegistrar(this, options.schemas, createWebhookPost(this));
    this.aggregator = new Aggregator(this);
    this.endpoints = new Endpoints(this, [
      { name: "ping", check: () => undefined },
      { name: "storage", check: () => store.failure },
    ]);
    this.#metrics = new RequestMetrics(this);
    this.#observers = [(request) => this.#metrics.observe(request), ...(options.observers ?? [])];
    this.#onUnexpectedError = options.onUnexpectedError ?? (() => undefined);
  }

  /** Takes the plane over from the engine and loads it. */
  static async open(options: ControlPlaneOptions): Promise<ControlPlane> {
    const store = await PlaneStore.open({
      engine: options.engine,
      plane: options.name,
      budget: options.budget,
      now: () => options.now().getTime(),
      onError: options.onStorageError,
      onSubscriberError: options.onUnexpectedError,
    });
    return new ControlPlane(options, store);
  }

  get serviceClusterIPRange(): string {
    return this.settings.serviceClusterIPRange;
  }

  get serviceNodePortRange(): { from: number; to: number } {
    return this.settings.serviceNodePortRange;
  }

  /** What the plane itself acts as. */
  systemContext(): StrategyContext {
    return {
      user: { name: "system:apiserver", groups: ["system:masters"] },
      dryRun: false,
      subresource: "",
      now: this.now(),
      state: this.registry.state,
      plane: this,
      randomSuffix: (length) => randomSuffix(randomInt, length),
      warn: () => undefined,
    };
  }

  /** Serves a call in this process. */
  callObject(request: Call): Promise<unknown> {
    return callObject(this, request);
  }

  /** Serves a watch in this process. */
  watchObjects(request: Call, signal?: AbortSignal): AsyncIterable<CallEvent> {
    return watchObjects(this, request, signal);
  }

  metricsText(): string {
    return this.#metrics.text();
  }

  /** Takes note of an answered request. */
  observe(request: ServedRequest): void {
    for (const observer of this.#observers) observer(request);
  }

  onUnexpectedError(error: unknown): void {
    this.#onUnexpectedError(error);
  }

  /** Ends watches, finishes writes. */
  async close(): Promise<void> {
    this.aggregator.close();
    this.fanOut.close();
    this.yamlReader.close();
    await this.store.close();
  }
}
