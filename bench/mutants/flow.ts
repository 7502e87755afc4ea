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
    find: 'this.slots.length < this.gate.inFlight && this.entering.size() === 0',
    put: 'this.slots.length <= this.gate.inFlight && this.entering.size() === 0',
    law: shared,
  },
  {
    name: 'one item less than inFlight',
    file: 'scope.js',
    find: 'this.outputs.size() < this.width',
    put: 'this.outputs.size() + 1 < Math.max(2, this.width)',
    law: alive,
  },
  {
    name: 'one item more than inFlight in the scope',
    file: 'scope.js',
    find: 'this.outputs.size() < this.width',
    put: 'this.outputs.size() <= this.width',
    law: pulls,
  },
  {
    name: 'pulls while the gate is full',
    file: 'scope.js',
    find: 'this.plan.gate[verbs].free())',
    put: 'true)',
    law: shared,
  },
  {
    name: 'one byte more than the budget',
    file: 'byte-budget.js',
    find: 'held + next.bytes <= budget',
    put: 'held + next.bytes <= budget + 1',
    law: bytes,
  },
  { name: 'bytes are not given back', file: 'byte-budget.js', find: 'held -= slot.bytes;', put: '', law: bytes },
  {
    name: 'bytes are given back twice',
    file: 'byte-budget.js',
    find: 'held -= slot.bytes;',
    put: 'held -= 2 * slot.bytes;',
    law: bytes,
  },
  {
    name: "leaving gives back somebody else's slot too",
    file: 'gate.js',
    find: 'this.ended[outcome] += 1;',
    put: 'this.ended[outcome] += 1; this.slots.shift();',
    law: shared,
  },
  {
    name: 'an item that gave up waiting for bytes gets them all the same',
    file: 'byte-budget.js',
    find: 'claims.remove(claim)',
    put: 'undefined',
    law: unsubscribe,
  },
  { name: 'lost wake-up of a scope', file: 'sleepers.js', find: ' wake();', put: '', law: shared },
  {
    name: 'lost wake-up of an item in line',
    file: 'gate.js',
    find: 'this.entering.shift()?.();',
    put: 'this.entering.shift();',
    law: shared,
  },
  {
    name: 'the slot of a failing item is kept',
    file: 'running.js',
    find: "this.close('failed');",
    put: '',
    law: order,
  },
  {
    name: 'the slot of an unsubscribed item is kept',
    file: 'running.js',
    find: "entry.stop = () => this.close('cancelled');",
    put: 'entry.stop = () => this.draining?.stop();',
    law: unsubscribe,
  },
  {
    name: 'an unsubscribed item is not closed',
    file: 'running.js',
    find: 'this.draining?.stop();',
    put: '',
    law: take,
  },
  {
    name: 'a slot is given on before its item is closed',
    file: 'running.js',
    find: `this.draining?.stop();
        this.slot.gate[verbs].leave(this.slot, outcome);`,
    put: `this.slot.gate[verbs].leave(this.slot, outcome);
        this.draining?.stop();`,
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
    file: 'scope.js',
    find: 'error => this.defect(error)',
    put: '() => this.finish(this.sink.end)',
    law: broken,
  },
  {
    name: 'outputs overtake a slower head',
    file: 'outputs.js',
    find: 'entries[0]',
    put: 'entries.find(entry => entry.waiting.length > 0)',
    law: order,
  },
  {
    name: 'completion order waits for the head',
    file: 'outputs.js',
    find: "order === 'completion' ? came.shift()",
    put: 'false ? undefined',
    law: completion,
  },
  {
    name: 'one failing item ends the stream',
    file: 'running.js',
    find: 'if (isDefect(error))',
    put: 'if (true)',
    law: order,
  },
  {
    name: 'an item without output is lost',
    file: 'running.js',
    find: 'if (this.outputs === 0)',
    put: 'if (false)',
    law: order,
  },
  {
    name: 'outputs are sent unasked',
    file: 'scope.js',
    find: "this.reader === 'waiting' ? this.outputs.take() : undefined",
    put: 'this.outputs.take()',
    law: reader,
  },
  {
    name: 'failures are counted as done',
    file: 'running.js',
    find: "this.failed ? 'failed' : 'done'",
    put: "'done'",
    law: books,
  },
  {
    name: 'a gate nested in itself waits for itself',
    file: 'slot.js',
    find: 'around.gate !== gate)',
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
