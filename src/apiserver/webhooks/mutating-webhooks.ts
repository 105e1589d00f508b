// Mutating webhooks: those that match are asked one after the other, each sees what the ones before it made of the object.

import type { KubeObject } from "../../machinery/object.ts";
import { applyJsonPatch } from "../../machinery/patch/json-patch.ts";
import { internalError } from "../../machinery/status-error.ts";
import type { AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import { takeChanged } from "../policies/changed-object.ts";
import { CompiledSource, type Found, isExempt, type SourcePlane } from "../policies/compiled-source.ts";
import { Reinvocations } from "../policies/reinvocation.ts";
import type { RequestView } from "../policies/request-view.ts";
import { type CompiledWebhook, compileWebhooks, webhookConfigurations } from "./compiled-webhook.ts";
import { type CallerOptions, WebhookCaller } from "./webhook-caller.ts";

export class MutatingWebhooks implements AdmissionPlugin {
  readonly name = "MutatingAdmissionWebhook";
  readonly #plane: SourcePlane;
  readonly #webhooks: CompiledSource<CompiledWebhook>;
  readonly #caller: WebhookCaller;
  readonly #reinvocations = new Reinvocations();

  constructor(plane: SourcePlane, options: CallerOptions) {
    this.#plane = plane;
    const compile = (state: SourcePlane["committed"]) => compileWebhooks(state, "mutating");
    this.#webhooks = new CompiledSource(plane, [webhookConfigurations.mutating], compile);
    this.#caller = new WebhookCaller(options, true);
  }

  handles(request: AdmissionRequest): boolean {
    return !isExempt(request) && this.#webhooks.find(request).length > 0;
  }

  async mutate(request: AdmissionRequest): Promise<void> {
    const reinvocation = this.#reinvocations.of(request);
    reinvocation.begin(request);
    for (const [index, found] of this.#webhooks.find(request).entries()) {
      const { uid, reinvocation: policy } = found.item;
      if (!reinvocation.mayRun(request, uid)) continue;
      const view = await this.#caller.prepare(request, found);
      if (view === undefined) continue;
      const changed = await this.#run(found, view, index);
      reinvocation.done(request, uid, policy === "IfNeeded", changed);
    }
    reinvocation.end(request);
  }

  /** Asks one webhook; returns whether it changed the object. */
  async #run({ item: webhook }: Found<CompiledWebhook>, view: RequestView, index: number): Promise<boolean> {
    const { request } = view;
    const answer = await this.#caller.ask(webhook, view, index);
    if (answer === undefined) return false;
    let changed = false;
    if (answer.patch.length > 0) {
      if (view.object === undefined) {
        const name = JSON.stringify(webhook.name);
        throw internalError(
          `admission webhook ${name} attempted to modify the object, which is not supported for this operation`,
        );
      }
      changed = await takeChanged(view, patched(view.object, answer.patch), this.#plane.kinds);
    }
    const round = request.reinvocation === "running" ? 1 : 0;
    const { configuration, name } = webhook;
    request.annotate(
      `mutation.webhook.admission.k8s.io/round_${round}_index_${index}`,
      JSON.stringify({ configuration, webhook: name, mutated: changed }),
    );
    return changed;
  }
}

function patched(object: KubeObject, operations: readonly unknown[]): KubeObject {
  const result = applyJsonPatch(object, operations);
  if (!result.ok) throw internalError(result.detail ?? result.message);
  return result.object as KubeObject;
}
