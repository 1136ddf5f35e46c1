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
});
