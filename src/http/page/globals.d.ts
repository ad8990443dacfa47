// What build.mjs puts in.

/** In the service worker: the page's files, as paths below the page. */
declare const FILES: string[];
/** In the service worker: which page this is. */
declare const VERSION: string;
