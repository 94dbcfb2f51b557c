/** Text in arguments and variables of a container. */

/**
 * A text that Kubernetes hands on as it is: it puts variables where `$(NAME)` stands, and reads `$$`
 * as one `$` (kubernetes.io, "Define Dependent Environment Variables").
 */
export function literal(text: string): string {
  return text.replace(/\$(?=[$(])/g, "$$$$");
}
