/** An argument as a POSIX shell takes it: in quotes where it holds anything that a shell reads otherwise. */
export function quoteArgument(text: string): string {
  return /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
