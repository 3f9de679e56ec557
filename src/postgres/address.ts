/**
 * What `STORE` means; apart from the connection, so that nothing is loaded where there is none.
 * @module
 */

/** Whether a store is a PostgreSQL address. */
export const isPostgres = (store: string | undefined): store is string =>
  store !== undefined && /^postgres(?:ql)?:\/\//.test(store);
