/** What a flow may take at most, and which links it crosses. */
export interface Demand {
  /** Bytes per second, finite and > 0. */
  readonly capBytesPerSecond: number;
  readonly links: readonly string[];
}

interface Link {
  leftBytesPerSecond: number;
  flows: number;
}

/**
 * Max-min fair rates, bytes per second, in the order of the demands: every flow gets its cap, or as much as any other flow on
 * the most crowded link that it crosses.
 * @param capacityOf bytes per second of a link, > 0
 * @see Bertsekas, Gallager, Data Networks, section 6.5.2: progressive filling
 */
export function fairRates(demands: readonly Demand[], capacityOf: (link: string) => number): readonly number[] {
  const links = new Map<string, Link>();
  for (const { links: crossed } of demands) {
    for (const name of crossed) {
      const link = links.get(name);
      if (link === undefined) links.set(name, { leftBytesPerSecond: capacityOf(name), flows: 1 });
      else link.flows++;
    }
  }
  const rates = new Array<number>(demands.length).fill(0);
  let open = demands.map((_, index) => index);
  while (open.length > 0) {
    const shares = sharesOf(links);
    const fullest = Math.min(...shares.values(), Number.POSITIVE_INFINITY);
    const isCapped = open.some((index) => (demands[index] as Demand).capBytesPerSecond <= fullest);
    const closing = open.filter((index) => {
      const { capBytesPerSecond, links: crossed } = demands[index] as Demand;
      return isCapped ? capBytesPerSecond <= fullest : crossed.some((name) => shares.get(name) === fullest);
    });
    for (const index of closing) {
      const { capBytesPerSecond, links: crossed } = demands[index] as Demand;
      const rate = isCapped ? capBytesPerSecond : fullest;
      rates[index] = rate;
      for (const name of crossed) take(links.get(name) as Link, rate);
    }
    open = open.filter((index) => rates[index] === 0);
  }
  return rates;
}

/** What each link with open flows has for one of them. */
function sharesOf(links: ReadonlyMap<string, Link>): ReadonlyMap<string, number> {
  const shares = new Map<string, number>();
  for (const [name, { leftBytesPerSecond, flows }] of links) if (flows > 0) shares.set(name, leftBytesPerSecond / flows);
  return shares;
}

function take(link: Link, rate: number): void {
  link.flows--;
  link.leftBytesPerSecond = Math.max(0, link.leftBytesPerSecond - rate);
}
