import { type Json, SimError } from "../errors.ts";
import { ExactSum } from "./ledger-sum.ts";

/** What a billed GPU slot is used for: the last six are reasons why no pod holds it. */
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
  | "unusedNode";

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
}

/** From a node's first billed instant to its last. */
export interface BilledInterval {
  readonly node: number;
  readonly pool: number;
  readonly gpus: number;
  readonly fromMicroseconds: number;
  readonly toMicroseconds: number;
}

/** What one deployment had on one pool. */
export interface LedgerHistory {
  readonly deployment: number;
  readonly pool: number;
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
  readonly pool: number;
  readonly fromMicroseconds: number;
  readonly slots: OpenSlot[];
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

  /** @param deployments number of deployments @param pools number of node pools */
  constructor(deployments: number, pools: number) {
    this.#deployments = deployments;
    this.#pools = pools;
    this.#accounts = Array.from({ length: (deployments + 1) * pools * SLOT_STATES.length }, () => new ExactSum());
    this.#histories = Array.from({ length: deployments * pools }, () => ({ scaleUpEvents: 0, servingGpus: [] }));
  }

  /** First billed instant of a node. @throws SimError `ledger_node_open` */
  openNode(nowSeconds: number, node: number, pool: number, gpus: number, holding: LedgerHolding): void {
    if (this.#open.has(node)) throw new SimError("ledger_node_open", nowSeconds, { node });
    const fromMicroseconds = toMicroseconds(nowSeconds);
    const slots = Array.from({ length: gpus }, () => ({ holding, sinceMicroseconds: fromMicroseconds }));
    this.#open.set(node, { pool, fromMicroseconds, slots });
  }

  /** A slot changes its use. @throws SimError `ledger_node_closed`, `ledger_transition_lost`, `ledger_time_reversed` */
  moveSlot(nowSeconds: number, node: number, slot: number, from: LedgerHolding, to: LedgerHolding): void {
    const { pool, slots } = this.#nodeAt(nowSeconds, node);
    const open = slots[slot];
    if (open === undefined || !isSame(open.holding, from)) throw lost(nowSeconds, node, slot, open?.holding, from);
    const atMicroseconds = toMicroseconds(nowSeconds);
    this.#account(nowSeconds, pool, open, atMicroseconds);
    this.#leaveServing(pool, from, atMicroseconds);
    open.holding = to;
    open.sinceMicroseconds = atMicroseconds;
    this.#enterServing(pool, to, atMicroseconds);
    this.#notePaid(pool, to, atMicroseconds);
  }

  /** Last billed instant of a node, with how each slot is used then. @throws SimError as {@link Ledger.moveSlot} */
  closeNode(nowSeconds: number, node: number, holdings: readonly LedgerHolding[]): void {
    const { pool, slots, fromMicroseconds } = this.#nodeAt(nowSeconds, node);
    const toMicros = toMicroseconds(nowSeconds);
    slots.forEach((open, slot) => {
      const expected = holdings[slot];
      if (expected === undefined || !isSame(open.holding, expected)) throw lost(nowSeconds, node, slot, open.holding, expected);
      this.#account(nowSeconds, pool, open, toMicros);
      this.#leaveServing(pool, open.holding, toMicros);
    });
    this.#intervals.push({ node, pool, gpus: slots.length, fromMicroseconds, toMicroseconds: toMicros });
    this.#open.delete(node);
  }

  /** The accounts, once every node is closed. @throws SimError `ledger_not_closed` */
  snapshot(): LedgerSnapshot {
    const [open] = this.#open.keys();
    if (open !== undefined) throw new SimError("ledger_not_closed", Number.NaN, { node: open, openNodes: this.#open.size });
    const accounts = this.#accounts.map((sum, index) => ({ ...this.#keyOf(index), gpuMicroseconds: sum.total() }));
    const histories = this.#histories.map(({ scaleUpEvents, servingGpus }, index) => ({
      deployment: Math.floor(index / this.#pools),
      pool: index % this.#pools,
      scaleUpEvents,
      servingGpus: servingGpus.map(([at, gpus]) => [at, gpus] as const),
    }));
    return { accounts: accounts.filter(({ gpuMicroseconds }) => gpuMicroseconds > 0n), intervals: [...this.#intervals], histories };
  }

  save(): Json {
    const saved = {
      accounts: this.#accounts.map((sum) => sum.save()),
      histories: this.#histories,
      open: [...this.#open],
      intervals: this.#intervals,
      paid: [...this.#paid],
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
  }

  #nodeAt(nowSeconds: number, node: number): OpenNode {
    const open = this.#open.get(node);
    if (open === undefined) throw new SimError("ledger_node_closed", nowSeconds, { node });
    return open;
  }

  #account(nowSeconds: number, pool: number, { holding, sinceMicroseconds }: OpenSlot, toMicros: number): void {
    const { deployment, state } = holding;
    if (toMicros < sinceMicroseconds) throw new SimError("ledger_time_reversed", nowSeconds, { sinceMicroseconds });
    const index = ((deployment + 1) * this.#pools + pool) * SLOT_STATES.length + SLOT_STATES.indexOf(state);
    const sum = this.#accounts[index];
    if (sum === undefined || deployment >= this.#deployments)
      throw new SimError("ledger_account_unknown", nowSeconds, { deployment, pool, state });
    sum.add(toMicros - sinceMicroseconds);
  }

  #keyOf(index: number): Omit<LedgerAccount, "gpuMicroseconds"> {
    const row = Math.floor(index / SLOT_STATES.length);
    const state = SLOT_STATES[index % SLOT_STATES.length] as LedgerSlotState;
    return { deployment: Math.floor(row / this.#pools) - 1, pool: row % this.#pools, state };
  }

  #historyOf(pool: number, deployment: number): History | undefined {
    return this.#histories[deployment * this.#pools + pool];
  }

  #leaveServing(pool: number, holding: LedgerHolding, atMicroseconds: number): void {
    if (holding.state === "serving") step(this.#historyOf(pool, holding.deployment), atMicroseconds, -1);
  }

  #enterServing(pool: number, holding: LedgerHolding, atMicroseconds: number): void {
    if (holding.state === "serving") step(this.#historyOf(pool, holding.deployment), atMicroseconds, 1);
  }

  /** A pod counts once per pool, when its first GPU there starts to be paid; replicas of time 0 serve from the start and do not. */
  #notePaid(pool: number, { state, deployment, pod }: LedgerHolding, atMicroseconds: number): void {
    if (pod < 0) return;
    const key = pod * this.#pools + pool;
    if (this.#paid.has(key)) return;
    this.#paid.add(key);
    if (state === "serving" && atMicroseconds === 0) return;
    const history = this.#historyOf(pool, deployment);
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
