import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStreams } from "../../random/streams.ts";
import type { RoutingConfig } from "../config.ts";
import { RequestTable } from "../request-table.ts";
import { createRouter } from "./create-router.ts";
import { EndpointMetrics } from "./endpoint-metrics.ts";
import type { Router } from "./router.ts";

const WEIGHTS = { queue: 2, kvCache: 2, prefix: 3 };
const ROUTINGS: readonly RoutingConfig[] = [
  "roundRobin",
  "random",
  "leastRequests",
  "powerOfTwo",
  "leastKvCache",
  "sessionAffinity",
  { kind: "prefixAffinity", loadFactor: 1.25 },
  { kind: "inferenceGateway", weights: WEIGHTS },
];

/** A router with requests to route; sends where it says and keeps count. */
class Rig {
  readonly table = new RequestTable();
  readonly metrics = new EndpointMetrics();
  readonly router: Router;
  readonly held = new Map<number, number>();
  private readonly slot: number;

  constructor(routing: RoutingConfig, replicas: readonly number[] = [], seed = "1") {
    const stream = createStreams(seed).get("routing/chat");
    this.router = createRouter(routing, { table: this.table, metrics: this.metrics, uniform: () => stream.uniform() });
    this.slot = this.table.take();
    for (const replica of replicas) this.add(replica);
  }

  add(replica: number, inFlight = 0): this {
    this.metrics.clear(replica);
    this.router.add(replica, inFlight);
    this.held.set(replica, inFlight);
    return this;
  }

  remove(replica: number): this {
    this.router.remove(replica);
    this.held.delete(replica);
    return this;
  }

  request({ session = -1, prefix = -1, prefixTokens = 0, promptTokens = 1600 }): this {
    this.table.sessionId[this.slot] = session;
    this.table.prefixKey[this.slot] = prefix;
    this.table.prefixTokens[this.slot] = prefixTokens;
    this.table.promptTokens[this.slot] = promptTokens;
    return this;
  }

  choose(maxInFlight = Number.POSITIVE_INFINITY): number {
    return this.router.pick(this.slot, maxInFlight);
  }

  /** Chooses and sends. */
  send(maxInFlight?: number): number {
    const replica = this.choose(maxInFlight);
    if (replica >= 0) this.set(replica, (this.held.get(replica) as number) + 1);
    return replica;
  }

  set(replica: number, inFlight: number): void {
    this.held.set(replica, inFlight);
    this.router.update(replica, inFlight);
  }
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);
const most = (rig: Rig): number => Math.max(...rig.held.values());

describe.each(ROUTINGS.map((routing) => ({ name: typeof routing === "string" ? routing : routing.kind, routing })))(
  "every router: $name",
  ({ routing }) => {
    /** Joins, leaves, completions and sends in any order. */
    const steps = fc.array(
      fc.record({
        kind: fc.constantFrom("add", "remove", "complete", "send", "send", "send"),
        replica: fc.nat(12),
        session: fc.integer({ min: -1, max: 9 }),
        waiting: fc.nat(9),
      }),
      { maxLength: 80 },
    );
    const play = (rig: Rig, list: typeof steps extends fc.Arbitrary<infer T> ? T : never, maxInFlight: number): number[] =>
      list.flatMap(({ kind, replica, session, waiting }) => {
        if (kind === "add" && !rig.held.has(replica)) rig.add(replica);
        else if (kind === "remove") rig.remove(replica);
        else if (kind === "complete" && (rig.held.get(replica) ?? 0) > 0) rig.set(replica, (rig.held.get(replica) as number) - 1);
        else if (kind === "send") {
          const open = [...rig.held].filter(([, inFlight]) => inFlight < maxInFlight).map(([candidate]) => candidate);
          const chosen = rig.request({ session }).send(maxInFlight);
          expect(open.length === 0 ? [-1] : open).toContain(chosen);
          if (chosen >= 0) rig.metrics.set(chosen, waiting, 0, waiting / 10, 0);
          return [chosen];
        }
        return [];
      });

    it("sends to a candidate with room whenever there is one, and nowhere else", () => {
      fc.assert(
        fc.property(steps, fc.constantFrom(1, 3, Number.POSITIVE_INFINITY), (list, limit) => void play(new Rig(routing), list, limit)),
      );
    });

    it("goes on with the same choices after it was saved and restored", () => {
      fc.assert(
        fc.property(steps, steps, (before, after) => {
          const streams = createStreams("7");
          const rig = new Rig(routing, [0, 3, 5], "7");
          play(rig, before, 4);
          const copy = new Rig(routing, [], "7");
          for (const [replica, inFlight] of [...rig.held].sort(([a], [b]) => a - b)) copy.add(replica, inFlight);
          copy.metrics.restore(rig.metrics.save());
          copy.router.restore(JSON.parse(JSON.stringify(rig.router.save())));
          // both go on with the numbers that come next
          const stream = streams.get("tail");
          const numbers = range(300).map(() => stream.uniform());
          const next = (): (() => number) => {
            let at = 0;
            return () => numbers[at++ % numbers.length] as number;
          };
          const [one, two] = [rig, copy].map((each) => continued(each, routing, next()));
          expect(play(one as Rig, after, 4)).toEqual(play(two as Rig, after, 4));
        }),
      );
    });
  },
);

/** The same router with other chance from here on: what it remembers is handed over. */
function continued(rig: Rig, routing: RoutingConfig, uniform: () => number): Rig {
  const other = new Rig(routing);
  const router = createRouter(routing, { table: other.table, metrics: other.metrics, uniform });
  Object.assign(other, { router });
  for (const [replica, inFlight] of [...rig.held].sort(([a], [b]) => a - b)) other.add(replica, inFlight);
  other.metrics.restore(rig.metrics.save());
  router.restore(rig.router.save());
  return other;
}

describe("round robin", () => {
  it("is balanced to one attempt over any number of replicas", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(60), { minLength: 1, maxLength: 12 }), fc.nat(200), (replicas, sends) => {
        const rig = new Rig("roundRobin", replicas);
        for (let i = 0; i < sends; i++) rig.send();
        expect(most(rig) - Math.min(...rig.held.values())).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("passes over full replicas and takes newcomers in their place", () => {
    const rig = new Rig("roundRobin", [1, 4, 7]);
    rig.set(4, 9);
    expect([rig.send(5), rig.send(5), rig.send(5)]).toEqual([1, 7, 1]);
    rig.add(2);
    expect([rig.send(5), rig.send(5)]).toEqual([2, 7]);
  });
});

describe("random", () => {
  it("gives every replica its share", () => {
    const rig = new Rig("random", range(5));
    for (let i = 0; i < 5000; i++) rig.send();
    for (const [, sent] of rig.held) expect(Math.abs(sent - 1000)).toBeLessThan(4 * Math.sqrt(5000 * 0.2 * 0.8));
  });
});

describe("power of two choices", () => {
  it("never takes the one replica that holds more than all others", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 2, maxLength: 9 }), fc.string(), (loads, seed) => {
        const rig = new Rig("powerOfTwo", range(loads.length), seed);
        loads.forEach((load, replica) => {
          rig.set(replica, load);
        });
        const top = Math.max(...loads);
        fc.pre(loads.filter((load) => load === top).length === 1);
        expect(loads[rig.choose()]).toBeLessThan(top);
      }),
    );
  });

  it("fills the fullest of many bins less than random does, and not less than least requests", () => {
    for (const seed of ["1", "2", "3", "4", "5"]) {
      const [random, two, least] = (["random", "powerOfTwo", "leastRequests"] as const).map((routing) => {
        const rig = new Rig(routing, range(200), seed);
        for (let i = 0; i < 1000; i++) rig.send();
        return most(rig);
      });
      expect(two).toBeLessThan(random as number);
      expect(two).toBeGreaterThanOrEqual(least as number);
    }
  });
});

describe("least requests", () => {
  it("takes the one with the fewest in flight, the lowest index on ties", () => {
    const rig = new Rig("leastRequests", [2, 5, 8]);
    rig.set(2, 3);
    expect([rig.send(), rig.send(), rig.send()]).toEqual([5, 8, 5]);
  });
});

describe("least KV use", () => {
  it("herds: everything goes to the one that looked emptiest until metrics are read again", () => {
    const rig = new Rig("leastKvCache", range(4));
    for (const replica of range(4)) rig.metrics.set(replica, 0, 0, 0.3 + 0.1 * replica, 0);
    expect(range(50).map(() => rig.send())).toEqual(range(50).map(() => 0));
    rig.metrics.set(0, 40, 10, 0.9, 0);
    expect(rig.send()).toBe(1);
  });
});

describe("session affinity", () => {
  const homes = (rig: Rig, sessions: number): number[] => range(sessions).map((session) => rig.request({ session }).choose());

  it("moves only the sessions of a replica that leaves, and gives them back when it returns", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(500), { minLength: 2, maxLength: 12 }), fc.nat(), (replicas, which) => {
        const rig = new Rig("sessionAffinity", replicas);
        const gone = replicas[which % replicas.length] as number;
        const before = homes(rig, 200);
        const after = homes(rig.remove(gone), 200);
        for (const [session, home] of before.entries()) {
          if (home === gone) expect(after[session]).not.toBe(gone);
          else expect(after[session]).toBe(home);
        }
        expect(homes(rig.add(gone), 200)).toEqual(before);
      }),
    );
  });

  it("gives every replica about its share of the sessions", () => {
    const rig = new Rig("sessionAffinity", range(10));
    const counts = range(10).map(() => 0);
    for (const home of homes(rig, 20_000)) counts[home] = (counts[home] as number) + 1;
    for (const count of counts) expect(Math.abs(count / 2000 - 1)).toBeLessThan(0.35);
  });

  it("sends what has no session where the fewest attempts are", () => {
    const rig = new Rig("sessionAffinity", range(3));
    expect(range(6).map(() => rig.request({}).send())).toEqual([0, 1, 2, 0, 1, 2]);
  });
});

describe("prefix affinity", () => {
  it("keeps a prefix on its replica while that is not overloaded, then spills to the next", () => {
    const rig = new Rig({ kind: "prefixAffinity", loadFactor: 1.25 }, range(4));
    const first = rig.request({ prefix: 17, prefixTokens: 512 }).choose();
    expect(rig.choose()).toBe(first);
    const homes = range(40).map(() => rig.send());
    expect(homes[0]).toBe(first);
    expect(new Set(homes).size).toBe(4);
  });

  it("lets no replica hold more than the load factor times its fair share", () => {
    const keys = fc.array(fc.nat(3), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 9 }), fc.constantFrom(1.05, 1.25, 2), (prefixes, replicas, loadFactor) => {
        const rig = new Rig({ kind: "prefixAffinity", loadFactor }, range(replicas));
        prefixes.forEach((prefix, sent) => {
          rig.request({ prefix, prefixTokens: 64 }).send();
          expect(most(rig)).toBeLessThanOrEqual(Math.ceil((loadFactor * (sent + 1)) / replicas));
        });
      }),
    );
  });

  it("takes a session for the prefix of its prompts", () => {
    const rig = new Rig({ kind: "prefixAffinity", loadFactor: 2 }, range(8));
    const homes = range(30).map((session) => rig.request({ session }).choose());
    expect(range(30).map((session) => rig.request({ session }).choose())).toEqual(homes);
    expect(new Set(homes).size).toBeGreaterThan(4);
  });
});

describe("the inference gateway's scorers", () => {
  const router: RoutingConfig = { kind: "inferenceGateway", weights: WEIGHTS };

  it("takes the highest weighted sum of queue, KV cache and prefix as last read", () => {
    const endpoints = fc.array(fc.record({ waiting: fc.nat(20), used: fc.nat(10) }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(endpoints, fc.nat(7), (list, holder) => {
        const rig = new Rig(router, range(list.length));
        list.forEach(({ waiting, used }, replica) => {
          rig.metrics.set(replica, waiting, 0, used / 10, 0);
        });
        // makes one replica the only one that was sent the first half of the prompt
        const sent = holder % list.length;
        const only = new Rig(router, [sent]);
        only.request({ prefix: 5, prefixTokens: 800 }).choose();
        rig.router.restore(only.router.save());
        const queues = list.map(({ waiting }) => waiting);
        const [longest, shortest] = [Math.max(...queues), Math.min(...queues)];
        const scores = list.map(
          ({ waiting, used }, replica) =>
            2 * (longest === shortest ? 1 : (longest - waiting) / (longest - shortest)) +
            2 * (1 - used / 10) +
            3 * (replica === sent ? 50 / 100 : 0),
        );
        const chosen = rig.request({ prefix: 5, prefixTokens: 800, promptTokens: 1600 }).choose();
        expect(scores[chosen]).toBeCloseTo(Math.max(...scores), 9);
      }),
    );
  });

  it("herds between two readings, and spreads ties", () => {
    const rig = new Rig(router, range(4));
    for (let i = 0; i < 400; i++) rig.send();
    for (const [, sent] of rig.held) expect(Math.abs(sent - 100)).toBeLessThan(40);
    rig.metrics.set(0, 0, 0, 0.5, 0);
    rig.metrics.set(1, 0, 0, 0.5, 0);
    rig.metrics.set(3, 0, 0, 0.5, 0);
    expect(new Set(range(60).map(() => rig.send()))).toEqual(new Set([2]));
  });

  it("sends a session back to where its context is, and forgets that with the replica", () => {
    const rig = new Rig(router, range(6));
    const home = rig.request({ session: 3, promptTokens: 800 }).send();
    for (let turn = 2; turn < 6; turn++) expect(rig.request({ session: 3, promptTokens: 800 * turn }).send()).toBe(home);
    rig.remove(home).add(home);
    for (const replica of range(6)) rig.metrics.set(replica, replica === home ? 5 : 0, 0, 0, 0);
    expect(rig.request({ session: 3, promptTokens: 4800 }).send()).not.toBe(home);
  });
});
