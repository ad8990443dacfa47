// What build.mjs puts in.

/** In the page's first step: the files that labelling loads besides those that index.html names. */
declare const LABEL: string[];
/** In the service worker: the page's files, as paths below the page. */
declare const FILES: string[];
/** In the service worker: which page this is. */
declare const VERSION: string;
