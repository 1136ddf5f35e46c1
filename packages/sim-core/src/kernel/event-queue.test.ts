import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventQueue } from "./event-queue.ts";

interface Push {
  readonly time: number;
  readonly priority: number;
}

const pushes = fc.array(fc.record({ time: fc.constantFrom(0, 0.1, 0.3, 1, 2), priority: fc.integer({ min: 0, max: 3 }) }), {
  maxLength: 200,
});

function drain(queue: EventQueue): number[] {
  const subjects: number[] = [];
  while (queue.size > 0) {
    subjects.push(queue.headSubject);
    queue.pop();
  }
  return subjects;
}

const inOrder = (events: readonly (Push & { readonly subject: number })[]): number[] =>
  [...events].sort((a, b) => a.time - b.time || a.priority - b.priority || a.subject - b.subject).map(({ subject }) => subject);

describe("the event queue", () => {
  it("hands out events by time, then priority, then in the order in which they were scheduled", () => {
    fc.assert(
      fc.property(pushes, (events) => {
        const queue = new EventQueue();
        for (const [subject, { time, priority }] of events.entries()) queue.push(time, priority, 0, subject);
        expect(drain(queue)).toEqual(inOrder(events.map((event, subject) => ({ ...event, subject }))));
      }),
    );
  });

  it("forgets cancelled events and nothing else", () => {
    fc.assert(
      fc.property(pushes, fc.array(fc.nat(199)), (events, cancelled) => {
        const queue = new EventQueue();
        const handles = events.map(({ time, priority }, subject) => queue.push(time, priority, 0, subject));
        const gone = new Set(cancelled.filter((subject) => subject < events.length));
        for (const subject of gone) queue.cancel(handles[subject] as number);
        const kept = events.map((event, subject) => ({ ...event, subject })).filter(({ subject }) => !gone.has(subject));
        expect(drain(queue)).toEqual(inOrder(kept));
      }),
    );
  });

  it("restores to the same order, with handles that still cancel", () => {
    fc.assert(
      fc.property(pushes, fc.nat(199), (events, pick) => {
        const queue = new EventQueue();
        const handles = events.map(({ time, priority }, subject) => queue.push(time, priority, 7, subject));
        const copy = new EventQueue();
        copy.restore(structuredClone(queue.save()));
        const handle = handles[pick];
        if (handle !== undefined) {
          queue.cancel(handle);
          copy.cancel(handle);
        }
        queue.push(0.1, 1, 0, 999);
        copy.push(0.1, 1, 0, 999);
        expect(drain(copy)).toEqual(drain(queue));
      }),
    );
  });

  it("does the same whether events are pushed in order or not, saved and restored in between, with gaps or without", () => {
    const step = fc.record({
      time: fc.constantFrom(0, 1, 2, 3, 50, 51, 52),
      priority: fc.integer({ min: 0, max: 1 }),
      act: fc.constantFrom("push", "in order", "in order", "in order", "cancel", "cancel", "pop", "restore"),
      pick: fc.nat(400),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        let queue = new EventQueue();
        const plain = new EventQueue();
        const live = new Map<number, readonly [number, number]>();
        for (const [subject, { time, priority, act, pick }] of steps.entries()) {
          const rising = time + subject;
          if (act === "push") live.set(subject, [queue.push(time, priority, 3, subject), plain.push(time, priority, 3, subject)]);
          if (act === "in order")
            live.set(subject, [queue.pushInOrder(rising, priority, 3, subject), plain.push(rising, priority, 3, subject)]);
          const [chosen] = [...live.keys()].slice(pick % Math.max(1, live.size));
          if (act === "cancel" && chosen !== undefined) {
            const [handle, other] = live.get(chosen) as readonly [number, number];
            queue.cancel(handle);
            plain.cancel(other);
            live.delete(chosen);
          }
          if (act === "pop" && queue.size > 0) {
            live.delete(queue.headSubject);
            queue.pop();
            plain.pop();
          }
          if (act === "restore") {
            const copy = new EventQueue();
            copy.restore(structuredClone(queue.save()));
            queue = copy;
          }
          expect([queue.size, queue.headTimeSeconds]).toEqual([plain.size, plain.headTimeSeconds]);
          if (queue.size > 0) expect([queue.headSubject, queue.headPriority]).toEqual([plain.headSubject, plain.headPriority]);
        }
        expect(drain(queue)).toEqual(drain(plain));
      }),
      { numRuns: 300 },
    );
  });

  it("keeps no more room for events in order than those that are left need, however long one of them waits", () => {
    const queue = new EventQueue();
    queue.pushInOrder(1, 0, 0, 0);
    const recent: number[] = [];
    for (let subject = 1; subject < 10_000; subject++) {
      recent.push(queue.pushInOrder(1 + subject, 0, 0, subject));
      if (recent.length > 20) queue.cancel(recent.shift() as number);
    }
    expect(queue.size).toBe(21);
    expect(queue.headSubject).toBe(0);
    expect(queue.laneCapacity).toBe(64);
  });
});
