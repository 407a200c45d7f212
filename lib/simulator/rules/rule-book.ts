import { describe, expect, test } from 'vitest';
import { RULES, type RuleId } from '../core/vocabulary.ts';

/** Entries to lay beside one table of `exact-online.md` §1: its ids, in its order, none missing. */
export function ruleBook<Table extends 'A' | 'T' | 'R'>(table: Table) {
  const entries = new Set<RuleId>();
  return {
    rule: (id: Extract<RuleId, `${Table}${number}`>, says: string, entry: () => void) => {
      entries.add(id);
      describe(`${id} ${says}`, entry);
    },
    /** Call it last. */
    everyRuleHasAnEntry: () => {
      test(`every rule of table ${table} has an entry`, () => {
        expect([...entries]).toEqual(RULES.filter((id) => id.startsWith(table)));
      });
    },
  };
}
