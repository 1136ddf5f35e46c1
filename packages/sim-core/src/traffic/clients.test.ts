import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRequestRecord, NO_ORIGIN, type RequestFate, type RequestSource } from "../domain/request.ts";
import { createStreams } from "../random/streams.ts";
import { Clients } from "./clients.ts";
import type { SessionConfig, TrafficConfig } from "./config.ts";

const constant = (value: number) => ({ kind: "constant", value }) as const;
const LENGTHS = { promptTokens: { kind: "uniform", min: 10, max: 90 }, outputTokens: { kind: "uniform", min: 5, max: 40 } } as const;
const SESSION: SessionConfig = {
  turns: { kind: "uniform", min: 1, max: 6 },
  thinkSeconds: { kind: "exponential", mean: 5 },
  systemTokens: 100,
  maxContextTokens: 100_000,
};

const usersOf = (overrides: Partial<TrafficConfig & { readonly kind: "users" }> = {}): TrafficConfig => ({
  kind: "users",
  name: "people",
  deployment: "chat",
  users: [[0, 4]],
  thinkSeconds: { kind: "exponential", mean: 10 },
  pauseAfterLossSeconds: 1,
  lengths: LENGTHS,
  ...overrides,
});

const planned = (overrides: Partial<TrafficConfig & { readonly kind: "generator" }> = {}): TrafficConfig => ({
  kind: "generator",
  name: "plan",
  deployment: "chat",
  arrivals: { kind: "poisson", rate: { kind: "constant", perSecond: 1 } },
  lengths: LENGTHS,
  surges: [],
  ...overrides,
});

/** Requests at given times. */
function at(seconds: readonly number[]): RequestSource {
  let given = 0;
  return {
    next(into) {
      const arrivalSeconds = seconds[given];
      if (arrivalSeconds === undefined) return false;
      given++;
      Object.assign(into, { arrivalSeconds, promptTokens: 20 + given, outputTokens: 10 });
      return true;
    },
    save: () => given,
    restore(state) {
      given = state as number;
    },
  };
}

interface Sent {
  readonly seconds: number;
  readonly stream: number;
  readonly client: number;
  readonly sessionId: number;
  readonly turn: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly sharedTokens: number;
}

/** A server that answers every request after a time; what was sent to it, in order. */
class Rig {
  readonly sent: Sent[] = [];
  openMost = 0;
  private readonly ends: { seconds: number; stream: number; client: number; fate: RequestFate }[] = [];
  private readonly answer: (sent: Sent, index: number) => readonly [seconds: number, fate: RequestFate];
  clients: Clients;

  constructor(clients: Clients, answer: (sent: Sent, index: number) => readonly [number, RequestFate] = () => [2, "completed"]) {
    this.clients = clients;
    this.answer = answer;
  }

  runTo(endSeconds: number, atEvent: (count: number) => void = () => {}): this {
    for (let events = 0; ; events++) {
      atEvent(events);
      this.ends.sort((a, b) => a.seconds - b.seconds);
      const end = this.ends[0];
      const nextSeconds = this.clients.peekSeconds;
      if (end !== undefined && end.seconds <= nextSeconds && end.seconds < endSeconds) {
        this.ends.shift();
        this.clients.ended(end.stream, end.client, end.fate, end.seconds);
      } else if (nextSeconds < endSeconds) this.send(nextSeconds);
      else return this;
    }
  }

  private send(nowSeconds: number): void {
    const record = createRequestRecord();
    const origin = { ...NO_ORIGIN };
    const stream = this.clients.next(record, origin);
    if (stream < 0) return;
    expect(record.arrivalSeconds).toBe(nowSeconds);
    expect(origin.stream).toBe(stream);
    const { client, sessionId, turn, sharedTokens } = origin;
    const { promptTokens, outputTokens } = record;
    const sent = { seconds: nowSeconds, stream, client, sessionId, turn, promptTokens, outputTokens, sharedTokens };
    const [seconds, fate] = this.answer(sent, this.sent.length);
    this.sent.push(sent);
    this.ends.push({ seconds: nowSeconds + seconds, stream, client, fate });
    this.openMost = Math.max(this.openMost, this.ends.filter((end) => end.stream === 0).length);
  }
}

const clientsOf = (config: TrafficConfig, source: RequestSource = at([])): Clients => new Clients([config], [source], createStreams("3"));
const times = (rig: Rig): number[] => rig.sent.map(({ seconds }) => seconds);

describe("a limit of open requests", () => {
  it("sends late what was due while it was reached, in order, and says by how much", () => {
    const rig = new Rig(clientsOf(planned({ maxOpenRequests: 2 }), at([0, 0.5, 1, 1.5, 9]))).runTo(20);
    expect(times(rig)).toEqual([0, 0.5, 2, 2.5, 9]);
    expect(rig.clients.tallies[0]).toEqual({ sent: 5, delayed: 2, delaySeconds: 2, delaySecondsMax: 1, unsent: 0 });
  });

  it("catches up at once when several places come free together", () => {
    const rig = new Rig(clientsOf(planned({ maxOpenRequests: 2 }), at([0, 0, 0.5, 0.6, 0.7]))).runTo(20);
    expect(times(rig)).toEqual([0, 0, 2, 2, 4]);
  });

  it("counts what is still held back at the end of the run, and at the stream's own end", () => {
    const arrivals = [0, 1, 2, 3, 4, 5, 30];
    const late = new Rig(clientsOf(planned({ maxOpenRequests: 1 }), at(arrivals))).runTo(5);
    late.clients.finish(5);
    expect(times(late)).toEqual([0, 2, 4]);
    expect(late.clients.tallies[0]?.unsent).toBe(2); // those due at 3 and 4; the one at 5 is beyond the run
    const stopped = new Rig(clientsOf(planned({ maxOpenRequests: 1, stopSeconds: 4 }), at(arrivals))).runTo(50);
    stopped.clients.finish(50);
    expect(times(stopped)).toEqual([0, 2]);
    expect(stopped.clients.tallies[0]?.unsent).toBe(2);
  });

  it("binds users and sessions alike, each in its turn, and is never exceeded", () => {
    const streams = fc.constantFrom(
      usersOf({ users: [[0, 9]], session: SESSION }),
      planned({ session: SESSION }),
      planned(),
      usersOf({ thinkSeconds: constant(0) }),
    );
    fc.assert(
      fc.property(streams, fc.integer({ min: 1, max: 5 }), fc.double({ min: 0.1, max: 9, noNaN: true }), (config, cap, seconds) => {
        const arrivals = config.kind === "users" ? [] : Array.from({ length: 60 }, (_, i) => i / 3);
        const rig = new Rig(clientsOf({ ...config, maxOpenRequests: cap }, at(arrivals)), () => [seconds, "completed"]).runTo(100);
        expect(rig.openMost).toBeLessThanOrEqual(cap);
        expect(rig.sent.length).toBeGreaterThan(10);
      }),
    );
  });
});

describe("an end of sending", () => {
  it("lets nothing out at or after it, of plans, users and sessions", () => {
    for (const config of [usersOf({ stopSeconds: 30 }), planned({ stopSeconds: 30, session: SESSION })]) {
      const rig = new Rig(clientsOf(config, at(config.kind === "users" ? [] : [0, 10, 20, 30, 40]))).runTo(500);
      expect(Math.max(...times(rig))).toBeLessThan(30);
      expect(rig.sent.length).toBeGreaterThan(3);
    }
  });
});

describe("users", () => {
  it("send again a think time after the end, and never have two requests open", () => {
    const rig = new Rig(clientsOf(usersOf({ users: [[0, 1]], thinkSeconds: constant(3) }))).runTo(20);
    expect(times(rig)).toEqual([3, 8, 13, 18]);
  });

  it("pause after a loss, or the world would stand still while the door is shut", () => {
    const shut = new Rig(clientsOf(usersOf({ users: [[0, 1]], thinkSeconds: constant(0) })), () => [0, "rejected"]).runTo(4.5);
    expect(times(shut)).toEqual([0, 1, 2, 3, 4]);
    const instant = new Rig(clientsOf(usersOf({ users: [[0, 1]], thinkSeconds: constant(0) })), () => [0, "completed"]).runTo(2.5);
    expect(times(instant)).toEqual([0, 1, 2]);
  });

  it("come and go with their number: who came last leaves first and finishes what is open", () => {
    const users = [
      [0, 2],
      [50, 2],
      [50.001, 1],
      [80, 1],
      [80.001, 2],
    ] as const;
    const rig = new Rig(clientsOf(usersOf({ users, thinkSeconds: constant(4) }))).runTo(120);
    const of = (client: number): number[] => rig.sent.filter((sent) => sent.client === client).map(({ seconds }) => seconds);
    expect(of(0)).toHaveLength(20);
    expect(of(1).filter((seconds) => seconds < 50)).toHaveLength(8);
    expect(of(1).filter((seconds) => seconds > 50 && seconds < 80)).toEqual([]);
    expect(of(1).find((seconds) => seconds > 80)).toBeCloseTo(80.001, 9);
  });

  it("say the same in their n-th request, after the same thought, whatever becomes of it and whenever", () => {
    const run = (answer: (sent: Sent, index: number) => readonly [number, RequestFate]) => {
      const rig = new Rig(clientsOf(usersOf({ users: [[0, 5]] })), answer).runTo(400);
      return Array.from({ length: 5 }, (_, user) => rig.sent.filter(({ client }) => client === user));
    };
    const swift = run(() => [1, "completed"]);
    const slow = run((_, index) => [3 + (index % 4), index % 3 === 0 ? "timedOut" : "completed"]);
    swift.forEach((requests, user) => {
      const others = slow[user] as Sent[];
      expect(others[0]).toEqual(requests[0]);
      const count = Math.min(requests.length, others.length);
      expect(count).toBeGreaterThan(10);
      const lengths = (list: readonly Sent[]) => list.slice(0, count).map(({ promptTokens, outputTokens }) => [promptTokens, outputTokens]);
      expect(lengths(others)).toEqual(lengths(requests));
    });
  });
});

describe("sessions", () => {
  const bySession = (rig: Rig): Sent[][] => {
    const sessions = new Map<number, Sent[]>();
    for (const sent of rig.sent) sessions.set(sent.sessionId, [...(sessions.get(sent.sessionId) ?? []), sent]);
    return [...sessions.values()];
  };

  it.each([
    ["of users", usersOf({ session: SESSION }), []],
    ["that come by themselves", planned({ session: SESSION }), Array.from({ length: 30 }, (_, i) => i)],
  ] as const)("%s grow by what was said, turn by turn", (_, config, arrivals) => {
    const sessions = bySession(new Rig(clientsOf(config, at(arrivals))).runTo(300));
    expect(Math.max(...sessions.map((turns) => turns.length))).toBeGreaterThan(3);
    for (const turns of sessions) {
      turns.forEach(({ turn, promptTokens, sharedTokens }, i) => {
        expect(turn).toBe(i);
        const before = turns[i - 1];
        const context = before === undefined ? 100 : before.promptTokens + before.outputTokens;
        expect(sharedTokens).toBe(context);
        expect(promptTokens - context).toBeGreaterThanOrEqual(1);
        expect(promptTokens - context).toBeLessThanOrEqual(90);
      });
    }
  });

  it("begin as the plan says, with the plan's own lengths", () => {
    const rig = new Rig(clientsOf(planned({ session: SESSION }), at([1, 2, 3]))).runTo(100);
    const firsts = rig.sent.filter(({ turn }) => turn === 0);
    expect(firsts.map(({ seconds, promptTokens, outputTokens }) => [seconds, promptTokens, outputTokens])).toEqual([
      [1, 121, 10],
      [2, 122, 10],
      [3, 123, 10],
    ]);
  });

  it("end with a turn that got no answer, and before one that would not fit", () => {
    const session = { ...SESSION, turns: constant(50) };
    const lost = new Rig(clientsOf(planned({ session }), at([1])), (_, index) => [2, index === 2 ? "timedOut" : "completed"]).runTo(900);
    expect(lost.sent).toHaveLength(3);
    const full = new Rig(clientsOf(planned({ session: { ...session, maxContextTokens: 400 } }), at([1]))).runTo(900);
    const last = full.sent.at(-1) as Sent;
    expect(full.sent.length).toBeGreaterThan(2);
    expect(full.sent.length).toBeLessThan(50);
    expect(last.promptTokens + last.outputTokens).toBeLessThanOrEqual(400);
  });

  it("end their answers after the stream's limit, in later turns too", () => {
    const limited = new Rig(clientsOf(planned({ session: SESSION, maxOutputTokens: 8 }), at([1, 2, 3]))).runTo(900);
    const later = limited.sent.filter(({ turn }) => turn > 0);
    expect(later.length).toBeGreaterThan(3);
    expect(Math.max(...later.map(({ outputTokens }) => outputTokens))).toBe(8);
  });

  it("have numbers of their own, unique over all streams", () => {
    const configs = [usersOf({ session: SESSION }), planned({ session: SESSION }), usersOf({ name: "others", session: SESSION })];
    const rig = new Rig(new Clients(configs, [at([]), at([1, 2, 3, 4]), at([])], createStreams("3"))).runTo(200);
    const firsts = rig.sent.filter(({ turn }) => turn === 0).map(({ sessionId }) => sessionId);
    expect(new Set(firsts).size).toBe(firsts.length);
    expect(firsts.length).toBeGreaterThan(20);
  });
});

describe("clients", () => {
  it("go on as they would have when they are saved and restored at any event", () => {
    const configs = [
      usersOf({
        users: [
          [0, 2],
          [40, 9],
          [80, 3],
        ],
        session: SESSION,
        maxOpenRequests: 3,
      }),
      planned({ session: SESSION, maxOpenRequests: 2, stopSeconds: 90 }),
      planned({ name: "plain", maxOpenRequests: 1 }),
    ];
    const arrivals = Array.from({ length: 50 }, (_, i) => i * 1.7);
    const fresh = (): Clients => new Clients(configs, [at([]), at(arrivals), at(arrivals)], createStreams("5"));
    const answer = (_: Sent, index: number) => [1 + (index % 5), index % 7 === 0 ? "cutOff" : "completed"] as const;
    const whole = new Rig(fresh(), answer).runTo(120);
    fc.assert(
      fc.property(fc.nat(400), (at) => {
        const rig = new Rig(fresh(), answer);
        rig.runTo(120, (count) => {
          if (count !== at) return;
          const copy = fresh();
          copy.restore(structuredClone(rig.clients.save()));
          rig.clients = copy;
        });
        expect(rig.sent).toEqual(whole.sent);
        expect(rig.clients.tallies).toEqual(whole.clients.tallies);
      }),
      { numRuns: 60 },
    );
  });
});
