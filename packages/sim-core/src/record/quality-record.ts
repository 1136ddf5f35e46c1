/** Counts the answers that are judged, and the requests that are answered again; by deployment. */
export class QualityRecord {
  /** Answers that ended a request, and those of them that do. */
  readonly answers: Float64Array;
  readonly adequate: Float64Array;
  /** Requests it has answered that went to another deployment for a better answer, and those it got so. */
  readonly escalatedAway: Float64Array;
  readonly escalatedIn: Float64Array;

  constructor(deployments: number) {
    this.answers = new Float64Array(deployments);
    this.adequate = new Float64Array(deployments);
    this.escalatedAway = new Float64Array(deployments);
    this.escalatedIn = new Float64Array(deployments);
  }

  /** All there is to save. */
  get columns(): readonly Float64Array[] {
    return [this.answers, this.adequate, this.escalatedAway, this.escalatedIn];
  }

  /** @param isAdequate undefined: nobody judges the answer */
  judged(deployment: number, isAdequate: boolean | undefined): void {
    if (isAdequate === undefined) return;
    this.answers[deployment] = (this.answers[deployment] as number) + 1;
    if (isAdequate) this.adequate[deployment] = (this.adequate[deployment] as number) + 1;
  }

  escalated(from: number, to: number): void {
    this.escalatedAway[from] = (this.escalatedAway[from] as number) + 1;
    this.escalatedIn[to] = (this.escalatedIn[to] as number) + 1;
  }
}
