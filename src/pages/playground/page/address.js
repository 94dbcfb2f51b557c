/** Where the server is that this page came from. */

/** Its address, without a slash at its end; a proxy may have put it below a path. */
export const BASE = new URL(".", document.baseURI).href.replace(/\/$/, "");
