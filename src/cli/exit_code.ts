/** What the process's exit code says. */

/** An orderly stop. */
export const EXIT_OK = 0;
/** A start that failed: the model, a port, a worker. */
export const EXIT_START_FAILED = 1;
/** A stop that gave requests up, as `SHUTDOWN_GRACE` was over. */
export const EXIT_GAVE_UP = 3;
/** Ended at once by a second signal. */
export const EXIT_INTERRUPTED = 130;
/** A bad command line or a bad flow: nothing was started. */
export const EXIT_USAGE = 2;
/** A job that is done, but for some rows that are in its errors. */
export const EXIT_WITH_ERRORS = 3;
/** Nobody reads what was to be printed any more, as shells say it of a program that SIGPIPE ended. */
export const EXIT_PIPE_CLOSED = 141;
