/** Name of a metric as KEDA writes it into the HPA. @see keda pkg/util/normalize_string.go */
export function normalizedName(text: string): string {
  return text.replace(/[/.:%()]/g, "-");
}
