/** Users over time: straight lines through (seconds since start, users), level outside. */
export type UserCountConfig = readonly (readonly [seconds: number, users: number])[];

/** Plain-data copy of a cursor. */
export interface UserCountState {
  readonly segment: number;
  readonly level: number;
}

/**
 * The moments at which the number of users changes, one user at a time: user n is there while the line is at or above n + 1. So the
 * user who came last leaves first.
 */
export class UserCount {
  /** Users there after the changes taken so far. */
  level = 0;
  /** When the next user comes or goes; Infinity: nobody any more. */
  nextSeconds = 0;
  private readonly points: UserCountConfig;
  /** The line that is walked leads to this point. */
  private segment = 0;

  constructor(points: UserCountConfig) {
    this.points = points;
    this.find();
  }

  /** Takes the change at `nextSeconds`. @returns +1 when a user came, −1 when one went */
  take(): 1 | -1 {
    const change = this.level < this.usersAt(this.segment) ? 1 : -1;
    this.level += change;
    this.find();
    return change;
  }

  save(): UserCountState {
    return { segment: this.segment, level: this.level };
  }

  restore({ segment, level }: UserCountState): void {
    this.segment = segment;
    this.level = level;
    this.find();
  }

  private find(): void {
    while (this.segment < this.points.length && this.level === this.usersAt(this.segment)) this.segment++;
    this.nextSeconds = this.segment < this.points.length ? this.changeSeconds() : Number.POSITIVE_INFINITY;
  }

  private changeSeconds(): number {
    if (this.segment === 0) return 0; // whoever is there at the first point is there from the start
    const [fromSeconds, from] = this.points[this.segment - 1] as UserCountConfig[number];
    const [toSeconds, to] = this.points[this.segment] as UserCountConfig[number];
    const crossed = to > from ? this.level + 1 : this.level;
    return fromSeconds + ((crossed - from) / (to - from)) * (toSeconds - fromSeconds);
  }

  private usersAt(point: number): number {
    return (this.points[point] as UserCountConfig[number])[1];
  }
}

/** Mean number of users over [0, durationSeconds). */
export function meanUsers(points: UserCountConfig, durationSeconds: number): number {
  const at = (seconds: number): number => {
    const next = points.findIndex(([pointSeconds]) => pointSeconds > seconds);
    if (next <= 0) return (points[next < 0 ? points.length - 1 : 0] as UserCountConfig[number])[1];
    const [fromSeconds, from] = points[next - 1] as UserCountConfig[number];
    const [toSeconds, to] = points[next] as UserCountConfig[number];
    return from + ((seconds - fromSeconds) / (toSeconds - fromSeconds)) * (to - from);
  };
  const inside = points.map(([seconds]) => seconds).filter((seconds) => seconds > 0 && seconds < durationSeconds);
  const knots = [0, ...inside, durationSeconds];
  let area = 0;
  for (let i = 1; i < knots.length; i++) {
    const [from, to] = [knots[i - 1] as number, knots[i] as number];
    area += ((to - from) * (at(from) + at(to))) / 2;
  }
  return area / durationSeconds;
}
