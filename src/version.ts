/**
 * The version of this package, as every channel reports it.
 * @module
 */
import pkg from '../package.json' with { type: 'json' };

/** E.g. `0.1.0`. */
export const VERSION: string = pkg.version;
