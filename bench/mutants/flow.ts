import type { Mutant } from './mutant.ts'

const alive = 'alive is at most inFlight, and exactly that while there is work'
const bytes = 'bytes are at most the budget, in the order of asking'
const pulls = 'the source is pulled only when a slot is free'
const reader = 'a slow reader is waited for through chained scopes'
const books = 'every item opened is closed exactly once, and the stats add up'
const order = 'source order is the order of a plain loop, failures in their places'
const completion = 'completion order is the order of finishing, and a permutation'
const take = 'take(k) closes everything at once and returns the iterator once'
const unsubscribe = 'unsubscribing closes everything at once and returns the iterator once'
const broken = 'a source that fails closes everything at once, and its error comes through'
const shared = 'scopes that share a gate stay within it together and all end'
const nested = 'nested and chained scopes over shared gates never deadlock'
const batches = 'batches keep order and count every item, failed or not, up to the last'
const stale = 'staleness is at most width − 1, as measured from outside, and updates keep the order of the source'

/** The faults seeded into the flow room. */
export const flowMutants: readonly Mutant[] = [
  {
    name: 'one item more than inFlight in the gate',
    file: 'gate.js',
    find: 'slots.length < inFlight && entering.size() === 0',
    put: 'slots.length <= inFlight && entering.size() === 0',
    law: shared,
  },
  {
    name: 'one item less than inFlight',
    file: 'within.js',
    find: 'entries.length < width',
    put: 'entries.length + 1 < Math.max(2, width)',
    law: alive,
  },
  {
    name: 'one item more than inFlight in the scope',
    file: 'within.js',
    find: 'entries.length < width',
    put: 'entries.length <= width',
    law: pulls,
  },
  {
    name: 'pulls while the gate is full',
    file: 'within.js',
    find: 'core.free())',
    put: 'true)',
    law: shared,
  },
  {
    name: 'one byte more than the budget',
    file: 'gate.js',
    find: 'held + next.bytes <= budget',
    put: 'held + next.bytes <= budget + 1',
    law: bytes,
  },
  { name: 'bytes are not given back', file: 'gate.js', find: 'held -= slot.bytes;', put: '', law: bytes },
  {
    name: 'bytes are given back twice',
    file: 'gate.js',
    find: 'held -= slot.bytes;',
    put: 'held -= 2 * slot.bytes;',
    law: bytes,
  },
  {
    name: "leaving gives back somebody else's slot too",
    file: 'gate.js',
    find: 'counts[outcome] += 1;',
    put: 'counts[outcome] += 1; slots.shift();',
    law: shared,
  },
  {
    name: 'an item that gave up waiting for bytes gets them all the same',
    file: 'gate.js',
    find: 'claims.remove(asking);',
    put: '',
    law: unsubscribe,
  },
  { name: 'lost wake-up of a scope', file: 'gate.js', find: ' wake();', put: '', law: shared },
  {
    name: 'lost wake-up of an item in line',
    file: 'gate.js',
    find: 'entering.shift()?.take();',
    put: 'entering.shift();',
    law: shared,
  },
  {
    name: 'the slot of a failing item is kept',
    file: 'within.js',
    find: `thrownFault(error))));
                    close('failed');`,
    put: 'thrownFault(error))));',
    law: order,
  },
  {
    name: 'the slot of an unsubscribed item is kept',
    file: 'within.js',
    find: "entry.stop = () => close('cancelled');",
    put: 'entry.stop = () => running?.stop();',
    law: unsubscribe,
  },
  { name: 'an unsubscribed item is not closed', file: 'within.js', find: 'running?.stop();', put: '', law: take },
  {
    name: 'a slot is given on before its item is closed',
    file: 'within.js',
    find: `running?.stop();
                    core.leave(slot, outcome);`,
    put: `core.leave(slot, outcome);
                    running?.stop();`,
    law: alive,
  },
  {
    name: 'the iterator is not returned',
    file: 'source.js',
    find: `            over = true;
            iterator?.return?.();
        },
    };
};
const asyncIterated`,
    put: `            over = true;
        },
    };
};
const asyncIterated`,
    law: take,
  },
  {
    name: 'the iterator is returned after its end as well',
    file: 'source.js',
    find: `            if (over)
                return;
            over = true;
            iterator?.return?.();
        },
    };
};
const pushed`,
    put: `            over = true;
            iterator?.return?.();
        },
    };
};
const pushed`,
    law: unsubscribe,
  },
  {
    name: 'a failing source looks like one that has ended',
    file: 'within.js',
    find: 'fail: error => finish(() => sink.fail(error)),',
    put: 'fail: () => finish(sink.end),',
    law: broken,
  },
  {
    name: 'outputs overtake a slower head',
    file: 'within.js',
    find: 'const head = entries[0];',
    put: 'const head = entries.find(e => e.out.length > 0);',
    law: order,
  },
  {
    name: 'completion order waits for the head',
    file: 'within.js',
    find: 'return ready.shift();',
    put: 'void 0;',
    law: completion,
  },
  {
    name: 'one failing item ends the stream',
    file: 'within.js',
    find: 'if (isDefect(error))',
    put: 'if (true)',
    law: order,
  },
  {
    name: 'an item without output is lost',
    file: 'within.js',
    find: 'if (outputs === 0)',
    put: 'if (false)',
    law: order,
  },
  {
    name: 'outputs are sent unasked',
    file: 'within.js',
    find: 'const entry = wanted ? nextReady() : undefined;',
    put: 'const entry = nextReady();',
    law: reader,
  },
  {
    name: 'failures are counted as done',
    file: 'within.js',
    find: "failed || outputs === 0 ? 'failed' : 'done'",
    put: "'done'",
    law: books,
  },
  {
    name: 'a gate nested in itself waits for itself',
    file: 'slot.js',
    find: 'at.gate !== gate)',
    put: 'true)',
    law: nested,
  },
  {
    name: 'a full batch starts with one place taken',
    file: 'batch.js',
    find: 'members = [];\n                sink',
    put: 'members = members.slice(-1);\n                sink',
    law: batches,
  },
  {
    name: 'the last batch is not flushed',
    file: 'batch.js',
    find: `if (members.length > 0)
                    return flush();`,
    put: '',
    law: batches,
  },
  {
    name: 'failed members are dropped',
    file: 'each.js',
    find: 'const outputs = members.failed.map(E.left);',
    put: 'const outputs = [];',
    law: batches,
  },
  {
    name: 'updates do not wait for their turn',
    file: 'turns.js',
    find: 'turn.go = go;\n            next();',
    put: 'go();',
    law: stale,
  },
  {
    name: 'a turn that ended before its time is not skipped',
    file: 'turns.js',
    find: 'while (line.peek()?.over)',
    put: 'while (line.peek()?.over && line.peek() === turn)',
    law: stale,
  },
  {
    name: 'staleness is not measured',
    file: 'feedback.js',
    find: 'const staleness = version - before;',
    put: 'const staleness = 0;',
    law: stale,
  },
]
