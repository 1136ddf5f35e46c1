/** A point of a chart as shares of the plot's width and height, from the lower left, and the label it should get. */
export interface LabelledPoint {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** Where a label stands beside its point, pixels; y grows downward. */
export interface LabelPlace {
  readonly dx: number;
  readonly dy: number;
  readonly align: "left" | "center" | "right";
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Places that are tried, the preferred first. */
const PLACES: readonly LabelPlace[] = [
  { dx: 0, dy: -13, align: "center" },
  { dx: 0, dy: 14, align: "center" },
  { dx: 10, dy: 0, align: "left" },
  { dx: -10, dy: 0, align: "right" },
  { dx: 0, dy: -26, align: "center" },
  { dx: 0, dy: 27, align: "center" },
  { dx: 0, dy: -39, align: "center" },
  { dx: 0, dy: 40, align: "center" },
];

/** Plot widths for which a place must be free: a page's width is not known here, a phone's and a wide screen's half are. */
const PLOT_WIDTHS: readonly number[] = [240, 440];
/** Mean width of a character at 11 pixels, rounded up. */
const CHARACTER_PIXELS = 6.2;
const HALF_LINE_PIXELS = 6;
const HALF_MARK_PIXELS = 7;

/**
 * Places labels so that none covers another or another's mark, at any likely width of the plot; where none is free, where
 * the least is covered. Earlier points choose first.
 * @param heightPixels height of the plot
 * @param limitPixels width at which the chart cuts a label
 */
export function placeLabels(points: readonly LabelledPoint[], heightPixels: number, limitPixels: number): readonly LabelPlace[] {
  const chosen: LabelPlace[] = [];
  for (const [index, point] of points.entries()) {
    let best: LabelPlace | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const place of PLACES) {
      const covered = PLOT_WIDTHS.reduce((sum, width) => {
        const plot = { width, height: heightPixels, limit: limitPixels };
        return sum + coveredPixels(labelBox(point, place, plot), obstacles(points, chosen, index, plot), plot);
      }, 0);
      if (covered >= least) continue;
      least = covered;
      best = place;
    }
    chosen.push(best ?? { dx: 0, dy: -13, align: "center" });
  }
  return chosen;
}

interface Plot {
  readonly width: number;
  readonly height: number;
  readonly limit: number;
}

/** Every other mark, and the labels that have their place already. */
function obstacles(points: readonly LabelledPoint[], chosen: readonly LabelPlace[], own: number, plot: Plot): readonly Box[] {
  return points.flatMap((point, index) => {
    if (index === own) return [];
    const place = chosen[index];
    return place === undefined ? [markBox(point, plot)] : [markBox(point, plot), labelBox(point, place, plot)];
  });
}

function markBox(point: LabelledPoint, { width, height }: Plot): Box {
  const x = point.x * width;
  const y = (1 - point.y) * height;
  return { left: x - HALF_MARK_PIXELS, right: x + HALF_MARK_PIXELS, top: y - HALF_MARK_PIXELS, bottom: y + HALF_MARK_PIXELS };
}

function labelBox(point: LabelledPoint, { dx, dy, align }: LabelPlace, { width, height, limit }: Plot): Box {
  const length = Math.min(limit, point.text.length * CHARACTER_PIXELS);
  const x = point.x * width + dx;
  const y = (1 - point.y) * height + dy;
  const left = align === "left" ? x : align === "right" ? x - length : x - length / 2;
  return { left, right: left + length, top: y - HALF_LINE_PIXELS, bottom: y + HALF_LINE_PIXELS };
}

/** Area of a label that something else lies on, or that lies outside the plot. */
function coveredPixels(label: Box, others: readonly Box[], { width, height }: Plot): number {
  const area = (label.right - label.left) * (label.bottom - label.top);
  const outside = area - sharedArea(label, { left: 0, right: width, top: 0, bottom: height });
  return others.reduce((sum, other) => sum + sharedArea(label, other), outside);
}

function sharedArea(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}
