/**
 * What Lit takes for the global object. It writes its versions there, and the widget leaves nothing behind on a
 * page; all that it reads there is listed here. The bundler puts this in the place of `globalThis`.
 * @module
 */
interface LitReads {
  readonly ShadowRoot: typeof ShadowRoot;
  readonly trustedTypes?: unknown;
  readonly litNonce?: string;
}
const page = window as unknown as LitReads;

/** Lit puts it there, then reads it by its bare name. */
const litPropertyMetadata = new WeakMap<object, Map<PropertyKey, unknown>>();

const scope: LitReads & { readonly litPropertyMetadata: typeof litPropertyMetadata } = {
  litPropertyMetadata,
  ShadowRoot: page.ShadowRoot,
  trustedTypes: page.trustedTypes,
  // Read when a style is made: only browsers without constructable style sheets need it.
  get litNonce() {
    return page.litNonce as string;
  },
};

export { litPropertyMetadata, scope as globalThis };
