/** Text of each generated page, by its path from the root of the repository. */
export function referencePages(): Promise<Readonly<Record<string, string>>>;
