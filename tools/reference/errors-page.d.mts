/** Codes of all issues that have a text, in order. */
export function issueCodes(): readonly string[];
/** The page about issue codes and exit codes. */
export function errorsPage(): string;
