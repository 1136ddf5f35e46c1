import { formatDuration } from "replicast";
import type { Io } from "../io.ts";

const REDRAW_SECONDS = 0.1;
/** Between two lines where nothing can be drawn over. */
const LINE_SECONDS = 10;
const ERASE_LINE = "\r\u001b[2K";

/** How far a sweep is: one line that is drawn over and over on a terminal, a line now and then elsewhere. */
export class SweepProgress {
  private readonly io: Io;
  private readonly isQuiet: boolean;
  private readonly total: number;
  private readonly before: number;
  private readonly beginSeconds: number;
  private toldSeconds: number;
  private isDrawn = false;

  /** @param before cells that were there already */
  constructor(io: Io, isQuiet: boolean, { total, before }: { readonly total: number; readonly before: number }) {
    this.io = io;
    this.isQuiet = isQuiet;
    this.total = total;
    this.before = before;
    this.beginSeconds = io.clockSeconds();
    this.toldSeconds = this.beginSeconds;
  }

  report(done: number, failed: number): void {
    const now = this.io.clockSeconds();
    const { errIsTerminal } = this.io;
    if (this.isQuiet || now - this.toldSeconds < (errIsTerminal ? REDRAW_SECONDS : LINE_SECONDS)) return;
    this.toldSeconds = now;
    const text = this.describe(done, failed, now - this.beginSeconds);
    this.io.err(errIsTerminal ? `${ERASE_LINE}${text}` : `${text}\n`);
    this.isDrawn = errIsTerminal;
  }

  clear(): void {
    if (this.isDrawn) this.io.err(ERASE_LINE);
    this.isDrawn = false;
  }

  private describe(done: number, failed: number, seconds: number): string {
    const perSecond = (done - this.before) / seconds;
    const left = Math.ceil((this.total - done) / perSecond);
    const parts = [`${done} of ${this.total} cells (${Math.floor((100 * done) / this.total)} %)`];
    if (failed > 0) parts.push(`${failed} failed`);
    if (perSecond > 0) parts.push(`${perSecond.toPrecision(3)} cells/s`, `about ${formatDuration(left)} left`);
    return parts.join(", ");
  }
}
