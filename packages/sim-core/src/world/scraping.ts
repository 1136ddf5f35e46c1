import type { Kernel } from "../kernel/kernel.ts";
import { Priority } from "../kernel/priorities.ts";
import type { DeploymentSample, PodHistograms, PodSample, Scraper } from "../metrics/scrape.ts";
import { codeOf } from "./events.ts";

/** What scraping needs of the world. */
export interface ScrapingPort {
  readonly kernel: Kernel;
  readonly scraper: Scraper;
  readonly intervalSeconds: number;
  /** Each target at an instant of its own, not all together. */
  readonly isSpread: boolean;
  /** Namespace and name of every deployment. */
  readonly deployments: readonly string[];
  /** Number in [0, 1) that belongs to a target's name. */
  readonly place: (target: string) => number;
  readonly readPod: (pod: number, nowSeconds: number, into: PodSample, histograms: PodHistograms | undefined) => boolean;
  readonly readDeployment: (deployment: number, nowSeconds: number, into: DeploymentSample) => void;
}

/** Subject of the scrape of all targets; those of single ones follow it: deployments first, then pods. */
const EVERYTHING = 0;
/** Prometheus keeps time in whole milliseconds. */
const PLACES_PER_SECOND = 1000;

/** Says when targets are scraped: the n-th scrape falls at n × interval, plus the target's own offset where they are spread. */
export class Scraping {
  /** Scrapes of everything so far. */
  count = 0;
  private readonly port: ScrapingPort;
  private readonly offsets = new Map<string, number>();

  constructor(port: ScrapingPort) {
    this.port = port;
  }

  start(): void {
    if (!this.port.isSpread) this.schedule(0, EVERYTHING);
    else
      this.port.deployments.forEach((name, deployment) => {
        this.schedule(this.offsetOf(name), 1 + deployment);
      });
  }

  /** A pod has become a target. */
  podAdded(pod: number, name: string): void {
    if (!this.port.isSpread) return;
    const { kernel, intervalSeconds } = this.port;
    const offset = this.offsetOf(name);
    let turn = Math.max(0, Math.floor((kernel.nowSeconds - offset) / intervalSeconds));
    while (turn * intervalSeconds + offset < kernel.nowSeconds) turn++;
    this.schedule(turn * intervalSeconds + offset, 1 + this.port.deployments.length + pod);
  }

  /** @param nameOf name of a pod that is still a target */
  fire(subject: number, nowSeconds: number, nameOf: (pod: number) => string): void {
    const { scraper, intervalSeconds, deployments, readPod, readDeployment } = this.port;
    const samplePod = (pod: number, into: PodSample, histograms: PodHistograms | undefined): boolean =>
      readPod(pod, nowSeconds, into, histograms);
    const sampleDeployment = (deployment: number, into: DeploymentSample): void => readDeployment(deployment, nowSeconds, into);
    if (subject === EVERYTHING) {
      scraper.scrape(nowSeconds, samplePod, sampleDeployment);
      this.schedule(++this.count * intervalSeconds, EVERYTHING);
    } else if (subject <= deployments.length) {
      scraper.scrapeDeployment(subject - 1, nowSeconds, sampleDeployment);
      this.again(subject, nowSeconds, deployments[subject - 1] as string);
    } else {
      const pod = subject - 1 - deployments.length;
      if (scraper.scrapeOnePod(pod, nowSeconds, samplePod)) this.again(subject, nowSeconds, nameOf(pod));
    }
  }

  private again(subject: number, nowSeconds: number, name: string): void {
    const offset = this.offsetOf(name);
    const turn = Math.round((nowSeconds - offset) / this.port.intervalSeconds) + 1;
    this.schedule(turn * this.port.intervalSeconds + offset, subject);
  }

  private schedule(timeSeconds: number, subject: number): void {
    this.port.kernel.at(timeSeconds, Priority.Scrape, codeOf("scrape"), subject);
  }

  /** @see Prometheus scrape/target.go, offset: the hash of a target's labels, modulo the interval */
  private offsetOf(name: string): number {
    const known = this.offsets.get(name);
    if (known !== undefined) return known;
    const { intervalSeconds, place } = this.port;
    const offset = Math.floor(place(name) * intervalSeconds * PLACES_PER_SECOND) / PLACES_PER_SECOND;
    this.offsets.set(name, offset);
    return offset;
  }
}
