/** What the process's exit code says. */

/** An orderly stop. */
export const EXIT_OK = 0;
/** A start that failed: the model, a port, a worker. */
export const EXIT_START_FAILED = 1;
/** A bad command line or a bad flow: nothing was started. */
export const EXIT_USAGE = 2;
