// Validating webhooks: all that match are asked at once, and one refusal is enough.

import type { AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import { CompiledSource, isExempt, type SourcePlane } from "../policies/compiled-source.ts";
import { type CompiledWebhook, compileWebhooks, webhookConfigurations } from "./compiled-webhook.ts";
import { type CallerOptions, WebhookCaller } from "./webhook-caller.ts";

export class ValidatingWebhooks implements AdmissionPlugin {
  readonly name = "ValidatingAdmissionWebhook";
  readonly #webhooks: CompiledSource<CompiledWebhook>;
  readonly #caller: WebhookCaller;

  constructor(plane: SourcePlane, options: CallerOptions) {
    const compile = (state: SourcePlane["committed"]) => compileWebhooks(state, "validating");
    this.#webhooks = new CompiledSource(plane, [webhookConfigurations.validating], compile);
    this.#caller = new WebhookCaller(options, false);
  }

  handles(request: AdmissionRequest): boolean {
    return !isExempt(request) && this.#webhooks.find(request).length > 0;
  }

  async validate(request: AdmissionRequest): Promise<void> {
    const results = await Promise.allSettled(
      this.#webhooks.find(request).map(async (found, index) => {
        const view = await this.#caller.prepare(request, found);
        if (view !== undefined) await this.#caller.ask(found.item, view, index);
      }),
    );
    // Of several errors the first in the order of the webhooks is told, whoever answered first.
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }
}
