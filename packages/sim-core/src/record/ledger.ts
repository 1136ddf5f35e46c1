import { type Json, SimError } from "../errors.ts";
import { ExactSum } from "./ledger-sum.ts";

/** What a billed GPU slot is used for: from `partlyUsed` on they are reasons why no pod holds it. */
export type LedgerSlotState =
  | "starting"
  | "serving"
  | "interrupted"
  | "draining"
  | "partlyUsed"
  | "standby"
  | "waitingForRemoval"
  | "terminating"
  | "minimumBilling"
  | "unusedNode"
  | "headroom"
  | "commitment";

/** In the order of the accounts. */
const SLOT_STATES: readonly LedgerSlotState[] = [
  "starting",
  "serving",
  "interrupted",
  "draining",
  "partlyUsed",
  "standby",
  "waitingForRemoval",
  "terminating",
  "minimumBilling",
  "unusedNode",
  "headroom",
  "commitment",
];

/** Who holds a billed GPU slot. Pod and deployment are −1 when nobody does. */
export interface LedgerHolding {
  readonly state: LedgerSlotState;
  readonly deployment: number;
  readonly pod: number;
}

/** GPU time of one (deployment, pool, state). Deployment −1: held by no pod. Accounts without time are left out. */
export interface LedgerAccount {
  readonly deployment: number;
  readonly pool: number;
  readonly state: LedgerSlotState;
  readonly gpuMicroseconds: bigint;
  /** Paid for by the pool's commitment; absent otherwise. */
  readonly isCommitted?: true;
}

/** Nodes of a pool that are paid for whether they run or not. */
export interface LedgerCommitment {
  readonly pool: number;
  readonly nodes: number;
  readonly gpusPerNode: number;
}

/** From a node's first billed instant to its last. */
export interface BilledInterval {
  readonly node: number;
  readonly pool: number;
  readonly gpus: number;
  readonly fromMicroseconds: number;
  readonly toMicroseconds: number;
  readonly isCommitted?: true;
}

/** What one deployment had on one pool, apart for nodes that a commitment covers. */
export interface LedgerHistory {
  readonly deployment: number;
  readonly pool: number;
  readonly isCommitted?: true;
  /** Pods that began to be paid there other than as replicas of time 0. */
  readonly scaleUpEvents: number;
  /** GPUs that served, from each time until the next, ascending. */
  readonly servingGpus: readonly (readonly [fromMicroseconds: number, gpus: number])[];
}

/** The closed ledger of a run: accounts from slots, intervals from nodes, each integrated on its own. */
export interface LedgerSnapshot {
  readonly accounts: readonly LedgerAccount[];
  readonly intervals: readonly BilledInterval[];
  readonly histories: readonly LedgerHistory[];
}

interface OpenSlot {
  holding: LedgerHolding;
  sinceMicroseconds: number;
}

interface OpenNode {
  /** The pool, or the number of pools plus the pool: covered by its commitment. */
  tariff: number;
  fromMicroseconds: number;
  readonly slots: OpenSlot[];
}

interface Uncovered {
  /** Nodes of the commitment that do not run. */
  nodes: number;
  sinceMicroseconds: number;
}

interface History {
  scaleUpEvents: number;
  readonly servingGpus: [number, number][];
}

/** Whole microseconds since the start: every transition is rounded once, here. */
export function toMicroseconds(seconds: number): number {
  return Math.round(seconds * 1e6);
}

/**
 * Accounts for every GPU slot of every billed node: at any time it is in exactly one state. Each move must name the
 * state it leaves, so that a transition that was lost is found, not absorbed.
 */
export class Ledger {
  readonly #pools: number;
  readonly #deployments: number;
  readonly #accounts: ExactSum[];
  readonly #histories: History[];
  readonly #open = new Map<number, OpenNode>();
  readonly #intervals: BilledInterval[] = [];
  /** Pods, per pool, that have been paid for. */
  readonly #paid = new Set<number>();
  readonly #commitments: readonly LedgerCommitment[];
  /** By commitment. */
  readonly #unused: Uncovered[];

  /**
   * @param deployments number of deployments
   * @param pools number of node pools
   * @param commitments at most one per pool; it covers the pool's oldest nodes, and its place passes on when one of them goes
   */
  constructor(deployments: number, pools: number, commitments: readonly LedgerCommitment[] = []) {
    this.#deployments = deployments;
    this.#pools = pools;
    this.#accounts = Array.from({ length: (deployments + 1) * 2 * pools * SLOT_STATES.length }, () => new ExactSum());
    this.#histories = Array.from({ length: deployments * 2 * pools }, () => ({ scaleUpEvents: 0, servingGpus: [] }));
    this.#commitments = commitments;
    this.#unused = commitments.map(({ nodes }) => ({ nodes, sinceMicroseconds: 0 }));
  }

  /** First billed instant of a node. @throws SimError `ledger_node_open` */
  openNode(nowSeconds: number, node: number, pool: number, gpus: number, holding: LedgerHolding): void {
    if (this.#open.has(node)) throw new SimError("ledger_node_open", nowSeconds, { node });
    const fromMicroseconds = toMicroseconds(nowSeconds);
    const slots = Array.from({ length: gpus }, () => ({ holding, sinceMicroseconds: fromMicroseconds }));
    const tariff = this.#takeCover(nowSeconds, pool, fromMicroseconds) ? this.#pools + pool : pool;
    this.#open.set(node, { tariff, fromMicroseconds, slots });
  }

  /** A slot changes its use. @throws SimError `ledger_node_closed`, `ledger_transition_lost`, `ledger_time_reversed` */
  moveSlot(nowSeconds: number, node: number, slot: number, from: LedgerHolding, to: LedgerHolding): void {
    const { tariff, slots } = this.#nodeAt(nowSeconds, node);
    const open = slots[slot];
    if (open === undefined || !isSame(open.holding, from)) throw lost(nowSeconds, node, slot, open?.holding, from);
    const atMicroseconds = toMicroseconds(nowSeconds);
    this.#account(nowSeconds, tariff, open, atMicroseconds);
    this.#leaveServing(tariff, from, atMicroseconds);
    open.holding = to;
    open.sinceMicroseconds = atMicroseconds;
    this.#enterServing(tariff, to, atMicroseconds);
    this.#notePaid(tariff, to, atMicroseconds);
  }

  /** Last billed instant of a node, with how each slot is used then. @throws SimError as {@link Ledger.moveSlot} */
  closeNode(nowSeconds: number, node: number, holdings: readonly LedgerHolding[]): void {
    const open = this.#nodeAt(nowSeconds, node);
    const atMicroseconds = toMicroseconds(nowSeconds);
    open.slots.forEach(({ holding }, slot) => {
      const expected = holdings[slot];
      if (expected === undefined || !isSame(holding, expected)) throw lost(nowSeconds, node, slot, holding, expected);
    });
    this.#settleInterval(nowSeconds, node, open);
    this.#open.delete(node);
    if (open.tariff >= this.#pools) this.#passCoverOn(nowSeconds, open.tariff - this.#pools, atMicroseconds);
  }

  /** The accounts, once every node is closed. @param endSeconds to which commitments are paid, ≥ the last call's time @throws SimError `ledger_not_closed` */
  snapshot(endSeconds = 0): LedgerSnapshot {
    const [open] = this.#open.keys();
    if (open !== undefined) throw new SimError("ledger_not_closed", Number.NaN, { node: open, openNodes: this.#open.size });
    const unused = new Map<number, bigint>();
    this.#commitments.forEach(({ pool }, position) => {
      const { gpus, microseconds } = this.#unusedUntil(position, endSeconds);
      unused.set(this.#unusedAccount(pool), BigInt(gpus) * BigInt(microseconds));
    });
    const accounts = this.#accounts.map((sum, index) => ({
      ...this.#keyOf(index),
      gpuMicroseconds: sum.total() + (unused.get(index) ?? 0n),
    }));
    const histories = this.#histories.map(({ scaleUpEvents, servingGpus }, index) => ({
      deployment: Math.floor(index / (2 * this.#pools)),
      ...this.#poolOf(index % (2 * this.#pools)),
      scaleUpEvents,
      servingGpus: servingGpus.map(([at, gpus]) => [at, gpus] as const),
    }));
    return {
      accounts: accounts.filter(({ gpuMicroseconds }) => gpuMicroseconds > 0n),
      intervals: [...this.#intervals],
      histories: histories.filter(({ pool, isCommitted }) => isCommitted !== true || this.#commitments.some((each) => each.pool === pool)),
    };
  }

  save(): Json {
    const saved = {
      accounts: this.#accounts.map((sum) => sum.save()),
      histories: this.#histories,
      open: [...this.#open],
      intervals: this.#intervals,
      paid: [...this.#paid],
      unused: this.#unused,
    };
    return JSON.parse(JSON.stringify(saved)) as Json;
  }

  restore(saved: Json): void {
    const state = JSON.parse(JSON.stringify(saved)) as {
      accounts: string[];
      histories: History[];
      open: [number, OpenNode][];
      intervals: BilledInterval[];
      paid: number[];
      unused: Uncovered[];
    };
    state.accounts.forEach((sum, index) => {
      this.#accounts[index]?.restore(sum);
    });
    this.#histories.splice(0, this.#histories.length, ...state.histories);
    this.#intervals.splice(0, this.#intervals.length, ...state.intervals);
    this.#open.clear();
    for (const [node, open] of state.open) this.#open.set(node, open);
    this.#paid.clear();
    for (const key of state.paid) this.#paid.add(key);
    this.#unused.splice(0, this.#unused.length, ...state.unused);
  }

  #nodeAt(nowSeconds: number, node: number): OpenNode {
    const open = this.#open.get(node);
    if (open === undefined) throw new SimError("ledger_node_closed", nowSeconds, { node });
    return open;
  }

  /** A running node takes a free place of its pool's commitment. */
  #takeCover(nowSeconds: number, pool: number, atMicroseconds: number): boolean {
    const position = this.#commitments.findIndex((each) => each.pool === pool);
    const unused = this.#unused[position];
    if (unused === undefined || unused.nodes === 0) return false;
    this.#countUnused(nowSeconds, position, atMicroseconds, -1);
    return true;
  }

  /** The place of a covered node that is gone goes to the oldest node that is paid for by itself. */
  #passCoverOn(nowSeconds: number, pool: number, atMicroseconds: number): void {
    for (const [node, open] of this.#open) {
      if (open.tariff !== pool) continue;
      this.#settleInterval(nowSeconds, node, open);
      open.tariff = this.#pools + pool;
      open.fromMicroseconds = atMicroseconds;
      for (const slot of open.slots) {
        slot.sinceMicroseconds = atMicroseconds;
        this.#enterServing(open.tariff, slot.holding, atMicroseconds);
      }
      return;
    }
    const position = this.#commitments.findIndex((each) => each.pool === pool);
    this.#countUnused(nowSeconds, position, atMicroseconds, 1);
  }

  #countUnused(nowSeconds: number, position: number, atMicroseconds: number, change: number): void {
    const unused = this.#unused[position] as Uncovered; // one per commitment
    const { pool } = this.#commitments[position] as LedgerCommitment;
    const account = this.#accounts[this.#unusedAccount(pool)];
    const { gpus, microseconds } = this.#unusedUntil(position, nowSeconds);
    for (let gpu = 0; gpu < gpus; gpu++) account?.add(microseconds);
    unused.nodes += change;
    unused.sinceMicroseconds = atMicroseconds;
  }

  #unusedUntil(position: number, seconds: number): { readonly gpus: number; readonly microseconds: number } {
    const { nodes, sinceMicroseconds } = this.#unused[position] as Uncovered; // one per commitment
    const { gpusPerNode } = this.#commitments[position] as LedgerCommitment;
    return { gpus: nodes * gpusPerNode, microseconds: Math.max(0, toMicroseconds(seconds) - sinceMicroseconds) };
  }

  #unusedAccount(pool: number): number {
    return (this.#pools + pool) * SLOT_STATES.length + SLOT_STATES.indexOf("commitment");
  }

  /** Books what the slots of a node did, and its interval, up to now. */
  #settleInterval(nowSeconds: number, node: number, { tariff, slots, fromMicroseconds }: OpenNode): void {
    const atMicroseconds = toMicroseconds(nowSeconds);
    for (const open of slots) {
      this.#account(nowSeconds, tariff, open, atMicroseconds);
      this.#leaveServing(tariff, open.holding, atMicroseconds);
    }
    this.#intervals.push({ node, ...this.#poolOf(tariff), gpus: slots.length, fromMicroseconds, toMicroseconds: atMicroseconds });
  }

  #account(nowSeconds: number, tariff: number, { holding, sinceMicroseconds }: OpenSlot, toMicros: number): void {
    const { deployment, state } = holding;
    if (toMicros < sinceMicroseconds) throw new SimError("ledger_time_reversed", nowSeconds, { sinceMicroseconds });
    const index = ((deployment + 1) * 2 * this.#pools + tariff) * SLOT_STATES.length + SLOT_STATES.indexOf(state);
    const sum = this.#accounts[index];
    if (sum === undefined || deployment >= this.#deployments)
      throw new SimError("ledger_account_unknown", nowSeconds, { deployment, tariff, state });
    sum.add(toMicros - sinceMicroseconds);
  }

  #keyOf(index: number): Omit<LedgerAccount, "gpuMicroseconds"> {
    const row = Math.floor(index / SLOT_STATES.length);
    const state = SLOT_STATES[index % SLOT_STATES.length] as LedgerSlotState;
    return { deployment: Math.floor(row / (2 * this.#pools)) - 1, ...this.#poolOf(row % (2 * this.#pools)), state };
  }

  #poolOf(tariff: number): { readonly pool: number; readonly isCommitted?: true } {
    return tariff < this.#pools ? { pool: tariff } : { pool: tariff - this.#pools, isCommitted: true };
  }

  #historyOf(tariff: number, deployment: number): History | undefined {
    return this.#histories[deployment * 2 * this.#pools + tariff];
  }

  #leaveServing(tariff: number, holding: LedgerHolding, atMicroseconds: number): void {
    if (holding.state === "serving") step(this.#historyOf(tariff, holding.deployment), atMicroseconds, -1);
  }

  #enterServing(tariff: number, holding: LedgerHolding, atMicroseconds: number): void {
    if (holding.state === "serving") step(this.#historyOf(tariff, holding.deployment), atMicroseconds, 1);
  }

  /** A pod counts once per pool, when its first GPU there starts to be paid; replicas of time 0 serve from the start and do not. */
  #notePaid(tariff: number, { state, deployment, pod }: LedgerHolding, atMicroseconds: number): void {
    if (pod < 0) return;
    const key = pod * this.#pools + (tariff % this.#pools);
    if (this.#paid.has(key)) return;
    this.#paid.add(key);
    if (state === "serving" && atMicroseconds === 0) return;
    const history = this.#historyOf(tariff, deployment);
    if (history !== undefined) history.scaleUpEvents++;
  }
}

const isSame = (a: LedgerHolding, b: LedgerHolding): boolean => a.state === b.state && a.pod === b.pod && a.deployment === b.deployment;

function lost(
  nowSeconds: number,
  node: number,
  slot: number,
  ledger: LedgerHolding | undefined,
  cluster: LedgerHolding | undefined,
): SimError {
  return new SimError("ledger_transition_lost", nowSeconds, { node, slot, ledger: { ...ledger } as Json, cluster: { ...cluster } as Json });
}

/** Adds a change to a step function; changes at one time make one step. */
function step(history: History | undefined, atMicroseconds: number, change: number): void {
  if (history === undefined) return;
  const last = history.servingGpus.at(-1);
  if (last?.[0] === atMicroseconds) last[1] += change;
  else history.servingGpus.push([atMicroseconds, (last?.[1] ?? 0) + change]);
}
