/**
 * Endpoints as configured. Apart from what calls them, so that nothing is loaded for those not configured.
 * @module
 */
import type { ModelEndpoint } from '../config.ts';

/** Whether an endpoint is configured: it has an address and a model. */
export function isConfigured(
  endpoint: ModelEndpoint | undefined,
): endpoint is ModelEndpoint & { readonly baseUrl: string; readonly model: string } {
  return endpoint?.baseUrl !== undefined && endpoint.model !== undefined;
}
