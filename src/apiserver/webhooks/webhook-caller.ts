// Asks one webhook about one request: whether it is to be asked, the call, and what its answer leaves in warnings and audit.

import { badRequest, internalError } from "../../machinery/status-error.ts";
import type { AdmissionRequest } from "../admission.ts";
import type { Authorizer } from "../identity.ts";
import type { Found } from "../policies/compiled-source.ts";
import { expressionValues } from "../policies/expression-values.ts";
import { type RequestView, viewRequest } from "../policies/request-view.ts";
import { refusal } from "../refusal.ts";
import { createReview, denial, type ReviewAnswer, readReview } from "./admission-review.ts";
import type { CompiledWebhook } from "./compiled-webhook.ts";
import type { WebhookClient } from "./webhook-client.ts";

export interface CallerOptions {
  client: WebhookClient;
  authorizer: Authorizer;
  uuid(): string;
}

export class WebhookCaller {
  readonly #options: CallerOptions;
  readonly #mutating: boolean;

  constructor(options: CallerOptions, mutating: boolean) {
    this.#options = options;
    this.#mutating = mutating;
  }

  /** The request as the webhook wants to see it; undefined when the webhook is not to be asked. */
  async prepare(
    request: AdmissionRequest,
    { item: webhook, matched }: Found<CompiledWebhook>,
  ): Promise<RequestView | undefined> {
    if (!webhook.match.selects(request)) return undefined;
    const view = await viewRequest(request, matched);
    if (webhook.conditions.empty) return view;
    const result = webhook.conditions.evaluate(expressionValues(view, this.#options.authorizer));
    if ("error" in result) throw refusal(request, result.error);
    return result.matches ? view : undefined;
  }

  /**
   * The webhook's answer, `index` being its place among those of the request; undefined when it gave none and its failure does not matter.
   *
   * @throws StatusError when the webhook refuses the request, or cannot be asked
   */
  async ask(webhook: CompiledWebhook, view: RequestView, index: number): Promise<ReviewAnswer | undefined> {
    const { request } = view;
    if (request.dryRun && webhook.sideEffects !== "None" && webhook.sideEffects !== "NoneOnDryRun") {
      throw badRequest(`admission webhook ${JSON.stringify(webhook.name)} does not support dry run`);
    }
    let answer: ReviewAnswer;
    try {
      answer = await this.#call(webhook, view);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (webhook.failurePolicy === "Fail")
        throw internalError(`failed calling webhook ${JSON.stringify(webhook.name)}: ${why}`);
      const sort = this.#mutating ? "mutation" : "validating";
      const place = `round_${request.reinvocation === "running" ? 1 : 0}_index_${index}`;
      request.annotate(`failed-open.${sort}.webhook.admission.k8s.io/${place}`, webhook.name);
      return undefined;
    }
    for (const [key, value] of answer.auditAnnotations) request.annotate(`${webhook.name}/${key}`, value);
    for (const warning of answer.warnings) request.warn(warning);
    if (!answer.allowed) throw denial(webhook, answer.result);
    return answer;
  }

  async #call(webhook: CompiledWebhook, view: RequestView): Promise<ReviewAnswer> {
    const { target, caBundle, timeoutSeconds, reviewVersion } = webhook;
    if (reviewVersion === undefined) {
      throw new Error(
        "could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)",
      );
    }
    const uid = this.#options.uuid();
    const body = createReview(view, reviewVersion, uid);
    let answer: unknown;
    try {
      answer = await this.#options.client.call({ target, caBundle, body, timeoutSeconds });
    } catch (error) {
      throw new Error(`failed to call webhook: ${error instanceof Error ? error.message : String(error)}`);
    }
    try {
      return readReview(answer, reviewVersion, uid, this.#mutating);
    } catch (error) {
      throw new Error(`received invalid webhook response: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
